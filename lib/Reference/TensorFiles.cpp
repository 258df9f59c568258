//===- TensorFiles.cpp - Tensors in .npy files -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "treadle/Reference/TensorFiles.h"
#include "treadle/Formats/Npy.h"

using namespace treadle;

Result<Tensor> treadle::readTensorFile(const std::string &path) {
  Result<NpyFile> file = NpyFile::open(path);
  if (!file)
    return file.takeError();
  std::optional<Tensor> tensor =
      readTensor(file->type(), file->shape(), file->bytes());
  if (!tensor)
    return Error(ErrorId::UnsupportedNpy,
                 path + ": is of a type that the interpreter does not read");
  return *tensor;
}

template <typename T> static ByteSpan getBytes(llvm::ArrayRef<T> values) {
  return {reinterpret_cast<const uint8_t *>(values.data()),
          values.size() * sizeof(T)};
}

Status treadle::writeTensorFile(const std::string &path, const Tensor &tensor) {
  if (tensor.isFloat())
    return writeNpy(path, ElementType::F64, tensor.getShape().vec(),
                    getBytes(tensor.getFloats()));
  return writeNpy(path, ElementType::I64, tensor.getShape().vec(),
                  getBytes(tensor.getIntegers()));
}
