#include "packet/packet.h"
