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
//     TREE ... of the kind: see the file that MODEL_... names
#ifndef WEIR_MODEL_H
#define WEIR_MODEL_H

#define MODEL_MAGIC "WEIRMDL" // and its NUL: 8 bytes
#define MODEL_VERSION 1

enum model_kind {
	MODEL_FOREST = 1, // isolation forest: TREE, src/model/forest.h
	MODEL_OCSVM = 2, // one-class SVM: OSVM, src/model/ocsvm.c
	MODEL_KNN = 3, // distance to the k-th nearest: NEAR, src/model/knn.c
	MODEL_KNN_CLASS = 4, // k-nearest-neighbours classifier: NCLS, src/model/knn_class.c
	MODEL_LINEAR = 5, // linear SVM classifier: LSVM, src/model/linear.c
	MODEL_LOF = 6, // local outlier factor: LOFN, src/model/lof.c
	MODEL_KITNET = 7, // ensemble of autoencoders: KITN, src/model/kitnet.h
	MODEL_ENSEMBLE = 8, // models that are weighed together: ENSM, src/model/ensemble.h
};

#endif
