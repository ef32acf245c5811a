// The model file, as it lies on disk. Little-endian, no padding, one file one model.
//
//     offset  size  what
//     0       8     magic "WEIRMDL\0"
//     8       4     format version (MODEL_VERSION)
//     12      4     kind (enum model_kind)
//     16      8     length of the whole file [bytes]
//     24      4     number of features
//     28      4     reserved, 0
//     32      ..    sections, each: 4 bytes tag, 4 bytes reserved 0, 8 bytes length, payload,
//                   zero bytes up to a multiple of 8 (not counted in the length)
//     end-4   4     CRC-32C (Castagnoli, RFC 3720 B.4) of all bytes before it
//
// Sections of every kind of model: "NAME" (feature names, each NUL-terminated, in row order),
// "META" (UTF-8 JSON object: how the model was made), "CALB" (calibration: points of two float32, the
// share of held-back normal rows that score lower and the raw score; evenly spaced and closer toward
// the top, see src/model/calibrate.c; shares rise, raws do not fall). Then the section of the kind: "TREE" of
// a forest (src/model/forest.h). They come in this order, each once; any other is an error: a
// file is either understood or refused.
#ifndef WEIR_MODEL_H
#define WEIR_MODEL_H

#define MODEL_MAGIC "WEIRMDL" // and its NUL: 8 bytes
#define MODEL_VERSION 1

enum model_kind {
	MODEL_FOREST = 1, // isolation forest
};

#endif
