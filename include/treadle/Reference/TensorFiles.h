//===- TensorFiles.h - Tensors in .npy files -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_REFERENCE_TENSORFILES_H
#define TREADLE_REFERENCE_TENSORFILES_H

#include "treadle/Formats/Error.h"
#include "treadle/Reference/Tensor.h"

#include <string>

namespace treadle {

/// Errors are those of NpyFile::open.
Result<Tensor> readTensorFile(const std::string &path);

/// Floats as f64, integers as i64. Errors are those of writeNpy.
Status writeTensorFile(const std::string &path, const Tensor &tensor);

} // namespace treadle

#endif // TREADLE_REFERENCE_TENSORFILES_H
