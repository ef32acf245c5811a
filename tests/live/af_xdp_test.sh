#!/bin/bash
# Live, through AF_XDP: see driver.sh.
. "$(dirname "$0")/lib.sh"
DRIVER=xdp
. tests/live/driver.sh
