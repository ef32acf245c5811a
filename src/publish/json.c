#include "publish/json.h"
