// The model file, as it lies on disk. Little-endian, no padding, one file one model.
//
//     offset  size  what
//     0       8     magic "WEIRMDL\0"
//     8       4     format version (MODEL_VERSION)
//     12      4     kind: its number, see below
//     16      8     length of the whole file [bytes]
//     24      4     number of features
//     28      4     reserved, 0
//     32      ..    sections, each: 4 bytes tag, 4 bytes reserved 0, 8 bytes length, payload,
//                   zero bytes up to a multiple of 8 (not counted in the length)
//     end-4   4     CRC-32C (Castagnoli, RFC 3720 B.4) of all bytes before it
//
// Sections, in this order, each once; any other is an error: a file is either understood or refused.
//
//     NAME  feature names, each NUL-terminated, in row order
//     META  UTF-8 JSON object: how the model was made
//     CLAS  of classifiers: u32 classes, u32 the normal one, names, each NUL-terminated
//     PREP  of kinds that scale: how each feature is scaled, categories and their codes (src/model/prepare.h)
//     BASE  an ordinary row: a float32 for each feature, median or commonest code. A forest may have none.
//     CALB  calibration: points of two float32, the share of held-back normal rows that score lower and
//           the raw score; evenly spaced and closer toward the top, see src/model/calibrate.c; shares rise,
//           raws do not fall
//     TREE ... of the kind: its tag and its form are told in its file
//
// A kind is a file of src/model/kinds/, which gives it its number; a number is never given twice. These there are:
// 1 forest, 2 ocsvm, 3 knn, 4 knn-class, 5 linear, 6 lof, 7 kitnet, 8 ensemble, 9 hbos; `weir help train` lists those that
// a program knows.
#ifndef WEIR_MODEL_H
#define WEIR_MODEL_H

#define MODEL_MAGIC "WEIRMDL" // and its NUL: 8 bytes
#define MODEL_VERSION 1

#endif
