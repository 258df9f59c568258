//===- BufferizableOpInterfaceImpl.h - How the dialect bufferises -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_DIALECT_TREADLE_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H
#define TREADLE_DIALECT_TREADLE_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H

namespace mlir {
class DialectRegistry;
}

namespace treadle {
/// Makes `treadle.parameter` a read-only buffer when a module is bufferised.
void registerBufferizableOpInterfaceExternalModels(
    mlir::DialectRegistry &registry);
} // namespace treadle

#endif // TREADLE_DIALECT_TREADLE_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H
