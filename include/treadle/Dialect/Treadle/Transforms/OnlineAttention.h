//===- OnlineAttention.h - Attention part by part -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How attention is tiled and decomposed, as interfaces of MLIR: any pass that
// knows these can tile it over queries and heads, tile or split it over keys,
// and take it apart.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_DIALECT_TREADLE_TRANSFORMS_ONLINEATTENTION_H
#define TREADLE_DIALECT_TREADLE_TRANSFORMS_ONLINEATTENTION_H

namespace mlir {
class DialectRegistry;
class RewritePatternSet;
} // namespace mlir

namespace treadle {

/// Gives `treadle.online_attention` TilingInterface,
/// PartialReductionOpInterface (parts that run in parallel; docs/Attention.md)
/// and AggregatedOpInterface, and `treadle.attention` AggregatedOpInterface,
/// whose parts are the online form over all keys and a division.
void registerAttentionInterfaceExternalModels(mlir::DialectRegistry &registry);

/// Patterns that take apart `treadle.attention` whose plan says `decomposed`,
/// or, with `all`, every one, and the online form that has no plan.
void populateDecomposeAttentionPatterns(mlir::RewritePatternSet &patterns,
                                        bool all = false);

} // namespace treadle

#endif // TREADLE_DIALECT_TREADLE_TRANSFORMS_ONLINEATTENTION_H
