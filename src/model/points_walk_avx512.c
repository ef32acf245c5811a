// Rows against points with AVX-512.
#define PIECE 16
#define ROWS_TOGETHER 4
#define WALK_NAME(what) what##_avx512
#include "model/points_walk.h"
