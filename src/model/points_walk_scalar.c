// Rows against points with what every machine has.
#define PIECE 4
#define ROWS_TOGETHER 2
#define WALK_NAME(what) what##_scalar
#include "model/points_walk.h"
