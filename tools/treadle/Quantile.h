//===- Quantile.h - Of measured times -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TOOLS_TREADLE_QUANTILE_H
#define TREADLE_TOOLS_TREADLE_QUANTILE_H

#include "llvm/ADT/ArrayRef.h"

namespace treadle {

/// The one of `sorted`, which is not empty, that `share` of them do not exceed.
inline double getQuantile(llvm::ArrayRef<double> sorted, double share) {
  return sorted[static_cast<size_t>(share * (sorted.size() - 1) + 0.5)];
}

} // namespace treadle

#endif // TREADLE_TOOLS_TREADLE_QUANTILE_H
