#!/bin/bash
# Live, through AF_PACKET: see driver.sh.
. "$(dirname "$0")/lib.sh"
DRIVER=packet
. tests/live/driver.sh
