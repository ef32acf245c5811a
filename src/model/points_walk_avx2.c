// Rows against points with AVX2.
#define PIECE 8
#define ROWS_TOGETHER 4
#define WALK_NAME(what) what##_avx2
#include "model/points_walk.h"
