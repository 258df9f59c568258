//===- Passes.td - Passes on the dialect -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_TRANSFORMS_PASSES
#define TREADLE_TRANSFORMS_PASSES

include "mlir/Pass/PassBase.td"

def DeriveLimitsPass : Pass<"treadle-derive-limits", "::mlir::ModuleOp"> {
  let summary = "Derive what inputs may be from the tables that they index";
  let description = [{
    Precondition: stage `model`; arguments of entry points that are ids, or that give the
    number of tokens, carry a `treadle.named`.
    Effect: fills `below` and `limits` of these: ids are rows of the tables of embeddings,
    and there are no more tokens than learned positions.
    Postcondition: an input that passes the runtime's checks makes no operation read past a
    table. Fails where ids or tokens cannot be traced to such an argument: nothing would
    then check them.

    ```mlir
    %ids: tensor<?x?xi64> {treadle.named = #treadle.named<"ids", dims = ["batch", "sequence"]>}
    // after, with a table of 50 rows and 16 positions:
    #treadle.named<"ids", dims = ["batch", "sequence"], limits = [0, 16], below = 50>
    ```
  }];
  let dependentDialects = ["::treadle::TreadleDialect"];
}

def WidenPass : Pass<"treadle-widen"> {
  let summary = "Work in f32 on what is stored in other floats";
  let description = [{
    Precondition: stage `model`.
    Effect: operations of the dialect on f16, bf16 or f64 work on f32 instead, with conversions of what
    they are given and what they give: each result is rounded to its type once. What only
    moves (parameters, caches) keeps its type, and so does what other dialects do, and so do keys and
    values of attention of f16 or bf16, which its tasks widen.
    Postcondition: operations of the dialect that compute are on f32, but for those keys and values.

    ```mlir
    %y = treadle.rms_norm %x epsilon(1.0e-6) : tensor<?x8xbf16>
    // after
    %w = arith.extf %x : tensor<?x8xbf16> to tensor<?x8xf32>
    %z = treadle.rms_norm %w epsilon(1.0e-6) : tensor<?x8xf32>
    %y = arith.truncf %z : tensor<?x8xf32> to tensor<?x8xbf16>
    ```
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::arith::ArithDialect"];
}

def ExpandPass : Pass<"treadle-expand"> {
  let summary = "Expand blocks into the parts that they are made of";
  let description = [{
    Precondition: stage `model`; a family in a stack has as many members as the stack layers.
    Effect: `treadle.multi_head_attention` becomes projections, `treadle.attention` and a
    projection; where queries, keys and values are one tensor, their projections become
    one with concatenated parameters. `treadle.feed_forward` becomes two linear maps,
    `treadle.gated_feed_forward` three and a product of rows, `treadle.residual` its branch and
    an addition of rows, `treadle.stack` an `scf.for` that carries caches as they are
    and everything else, the residual stream first, as rows.
    Postcondition: none of these five is left; parameters of a stack say how many
    members their families have.

    ```mlir
    %y = treadle.stack 6(%x) : … {
    ^layer(%h: …, %i: index):
      %g = treadle.parameter "layer.{}.g"[%i] : tensor<8xf32>
      …
    }
    // after
    %r = scf.for %i = %c0 to %c6 step %c1 iter_args(%h = %rows) -> (tensor<?x8xf32>) {
      %g = treadle.parameter "layer.{}.g"[%i of 6] : tensor<8xf32>
      …
    }
    ```
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect"];
}

def SkipPaddingPass : Pass<"treadle-skip-padding"> {
  let summary = "Do the work before a pooling on the tokens that count";
  let description = [{
    Precondition: `treadle-expand` has run.
    Effect: where tokens of sequences of unequal length are pooled, work that is done token by
    token (linear maps, norms, activations, additions, also in the loop over the layers) is
    done on `treadle.pack_tokens` of them, which lie behind one another without padding.
    Attention, rotary positions and the pooling itself see `treadle.unpack_tokens`; the tiles
    of attention read and write packed rows where they lie. It is done where nobody
    looks at what lies behind a length: a pooling and attention's keys go by the same
    lengths, and each token of another result is made of the same token. Every token is
    computed as before, bit for bit.
    Postcondition: none. With `remarks` it says what it did not do, and what prevents it.

    ```mlir
    %y = treadle.linear %x, %w : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
    %e = treadle.pool mean %y lengths(%l) : (tensor<?x?x8xf32>, tensor<?xi64>) -> tensor<?x8xf32>
    // after
    %starts = treadle.sequence_starts %l of(%s) : tensor<?xi64> -> tensor<?xi64>
    %r = treadle.pack_tokens %x at(%starts) : (tensor<?x?x8xf32>, tensor<?xi64>) -> tensor<?x8xf32>
    %t = treadle.linear %r, %w : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
    %y = treadle.unpack_tokens %t at(%starts) to(%s)
        : (tensor<?x8xf32>, tensor<?xi64>, index) -> tensor<?x?x8xf32>
    %e = treadle.pool mean %y lengths(%l) : (tensor<?x?x8xf32>, tensor<?xi64>) -> tensor<?x8xf32>
    ```
  }];
  let options = [Option<"remarks", "remarks", "bool", "false",
                        "say where padding is not skipped, and why">];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::arith::ArithDialect"];
}

class AnyWeights<string verb> : Option<"anyWeights", "any-weights", "bool", "false",
    verb # " weights that are not computed from parameters alone, too, in each call">;

def FuseProjectionsPass : Pass<"treadle-fuse-projections"> {
  let summary = "Make linear maps of one input one map";
  let description = [{
    Precondition: none; after `treadle-expand` it finds the projections of queries, keys and
    values, and those of gates.
    Effect: linear maps of one input, in one block, become one with their weights behind
    one another, and slices of its result. Bitwise.
    Postcondition: no two linear maps of a block whose weights are parameters have one
    input, unless a later one's parameters cannot be computed before the first.

    ```mlir
    %k = treadle.linear %x, %wk : (tensor<?x8xf32>, tensor<4x8xf32>) -> tensor<?x4xf32>
    %v = treadle.linear %x, %wv : (tensor<?x8xf32>, tensor<6x8xf32>) -> tensor<?x6xf32>
    // after
    %w = tensor.concat dim(0) %wk, %wv : (tensor<4x8xf32>, tensor<6x8xf32>) -> tensor<10x8xf32>
    %kv = treadle.linear %x, %w : (tensor<?x8xf32>, tensor<10x8xf32>) -> tensor<?x10xf32>
    %k = tensor.extract_slice %kv[0, 0] [%n, 4] [1, 1] : tensor<?x10xf32> to tensor<?x4xf32>
    %v = tensor.extract_slice %kv[0, 4] [%n, 6] [1, 1] : tensor<?x10xf32> to tensor<?x6xf32>
    ```
  }];
  let options = [AnyWeights<"concatenate">];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::arith::ArithDialect"];
}

def FoldScalesPass : Pass<"treadle-fold-scales"> {
  let summary = "Move scales, and norms' gains and biases, into the parameters of projections";
  let description = [{
    Precondition: none. Attention's scale reaches the projection of queries before
    `treadle-fuse-projections` makes it part of another one, residual's before
    `treadle-expand`, a norm's gain after it.
    Effect: scales that are powers of two become part of a projection's weight and bias;
    bitwise, unless a number leaves the range of normal numbers. With `algebraic` so do
    other scales, and the gain and bias of norms that only linear maps read: these are
    equalities of real numbers.
    Postcondition: none.

    ```mlir
    %a = treadle.multi_head_attention %u, %u, %u heads(4) projections(%wq, …) … // d_k = 64
    // after
    %s = arith.mulf %wq, %eighth : tensor<256x256xf32>
    %a = treadle.multi_head_attention %u, %u, %u heads(4) projections(%s, …) scale(1.0) …
    ```
  }];
  let options = [Option<"algebraic", "algebraic", "bool", "false",
                        "do what changes roundings, too">,
                 AnyWeights<"scale">];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect"];
}

def SimplifyMasksPass : Pass<"treadle-simplify-masks"> {
  let summary = "Drop what a mask makes dead";
  let description = [{
    Precondition: none; what is known of extents, lengths and offsets is what types and
    constants say.
    Effect: parts of a mask that hide no key, and selections of everything, go away; keys
    that no query sees are cut off; an attention that sees no key becomes zeros. Bitwise.
    Postcondition: none.

    ```mlir
    // one query, at the end of its cache
    %o = treadle.attention scaled_dot … mask(#treadle.mask<causal>) … // queries: tensor<2x1x8xf32>
    // after
    %o = treadle.attention scaled_dot …
    ```
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::arith::ArithDialect"];
}

def MergeQueryHeadsPass : Pass<"treadle-merge-query-heads"> {
  let summary = "Make heads that share keys the queries of one head";
  let description = [{
    Precondition: attention has no plan.
    Effect: an attention of one query whose heads share key heads (a dimension that neither
    keys nor values mention) has these heads as its queries, where its mask does not go by positions
    and its change of a score not by heads. What its mask makes dead is dropped first, as
    `treadle-simplify-masks` does. Bitwise.
    Postcondition: none.

    ```mlir
    %o = treadle.attention scaled_dot … // queries: tensor<2x8x4x1x64xf32>, keys: tensor<2x8x?x64xf32>
    // after
    %q = tensor.collapse_shape %queries [[0], [1], [2], [3, 4]] …
    %m = treadle.attention scaled_dot … // queries: tensor<2x8x4x64xf32>
    %o = tensor.expand_shape %m [[0], [1], [2], [3, 4]] …
    ```
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::arith::ArithDialect"];
}

def ChangeRotaryLayoutPass : Pass<"treadle-change-rotary-layout"> {
  let summary = "Turn halves of vectors and not neighbours, by permuting weights";
  let description = [{
    Precondition: before `treadle-expand`.
    Effect: the rows of the projections of queries and keys, with their biases and the gains
    of their norms, are permuted in each head such that interleaved pairs become halves, and
    the layout of the attention's rotary positions is `half`. Both are permuted alike, so that
    their products stay; algebraic, as sums over components are in another order. Keys in a
    cache would be permuted, too: an attention that keeps them is changed with `caches` only,
    for callers that begin with an empty cache.
    Postcondition: none.

    ```mlir
    %a = treadle.multi_head_attention %u, %u, %u heads(4) projections(%wq, %wk, …)
        positions(#treadle.rotary<width = 64, layout = interleaved>) … // wq of 256 rows
    // after, for both
    %pairs = tensor.expand_shape %wq [[0, 1, 2], [3]] … into tensor<4x32x2x256xf32>
    %halves = linalg.transpose ins(%pairs …) … permutation = [0, 2, 1, 3]
    %q = tensor.collapse_shape %halves [[0, 1, 2], [3]] … into tensor<256x256xf32>
    %a = treadle.multi_head_attention %u, %u, %u heads(4) projections(%q, %k, …)
        positions(#treadle.rotary<width = 64>) …
    ```
  }];
  let options = [AnyWeights<"permute">,
                 Option<"caches", "caches", "bool", "false",
                        "change what caches of keys have in them, too">];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::linalg::LinalgDialect"];
}

def RaisePass : Pass<"treadle-raise"> {
  let summary = "Recognise attention, norms and feed-forward networks in linalg";
  let description = [{
    Precondition: linalg, arith and math on tensors, as importers of other systems make
    them; linalg may be named or generic, fused or not.
    Effect: attention, layer and RMS norm, softmax over the last dimension, linear maps with bias
    and activation, plain and gated feed-forward networks become the dialect's operations,
    in this order. What matched, and what nearly did and why not, is said in remarks.
    Results are equal over the real numbers, and where linalg gives NaN for a query that sees
    no key the dialect gives zeros.
    Postcondition: none.

    ```mlir
    %s = linalg.batch_matmul_transpose_b ins(%q, %k …) …
    %p = linalg.softmax dimension(2) ins(%s …) …
    %o = linalg.batch_matmul ins(%p, %v …) …
    // after
    %o = treadle.attention dot queries(%q) keys(%k) values(%v) …
    ```
  }];
  let options = [Option<"remarks", "remarks", "bool", "true",
                        "say what was recognised and what was not">];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect",
                           "::mlir::affine::AffineDialect", "::mlir::math::MathDialect"];
}

def FuseElementwisePass : Pass<"treadle-fuse-elementwise"> {
  let summary = "Fuse elementwise operations into one, next to their product";
  let description = [{
    Precondition: linalg on tensors.
    Effect: chains of elementwise operations become one `linalg.generic`, unless several
    operations read what is between them. One that reads a matrix product through a reshape
    takes the shape that the product has.
    Postcondition: bias, activation and residual addition are one operation of the product's
    shape, so that they can be applied where the product is made.

    ```mlir
    %b = linalg.generic … ins(%product, %bias)        // [rows, panels, columns]
    %r = tensor.collapse_shape %b …                   // [rows, panels * columns]
    %s = linalg.generic … ins(%stream, %r)
    // after
    %t = tensor.expand_shape %stream …
    %u = linalg.generic … ins(%t, %product, %bias)
    %s = tensor.collapse_shape %u …
    ```
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::linalg::LinalgDialect"];
}

def ReuseOperandsPass : Pass<"treadle-reuse-operands"> {
  let summary = "Let an elementwise operation write where it reads for the last time";
  let description = [{
    Precondition: linalg on tensors, elementwise operations fused.
    Effect: an elementwise operation with an empty destination takes as its destination an
    operand that it reads at the same places and that nobody reads afterwards. That is one
    that a linalg operation of the same block made, or that the loop around carries.
    A cache that a function is given is copied once before tokens are appended to it.
    Postcondition: a residual stream stays in one buffer from layer to layer, and its extent
    is asked of what the loop begins with. What a layer makes elsewhere is copied into that
    buffer at its end.

    ```mlir
    %y = linalg.generic … ins(%x, %f) outs(%empty)   // before
    %y = linalg.generic … ins(%x, %f) outs(%x)       // after
    ```
  }];
  let dependentDialects = ["::treadle::TreadleDialect"];
}

def PrepareParametersPass : Pass<"treadle-prepare-parameters", "::mlir::ModuleOp"> {
  let summary = "Gather what depends on parameters alone";
  let description = [{
    Precondition: linalg on tensors, in its final form: what is fused later with a use of
    parameters is not prepared.
    Effect: each value that is computed from parameters alone becomes a function that carries
    `treadle.prepared`, and its uses a `treadle.parameter` of the name given there. A family
    gives one function whose argument is the member's index. Reshapes stay where they are.
    Postcondition: entry points compute no tensor from parameters alone, except where the
    parameters are of two layers. The functions are run once, when an artifact is made.

    ```mlir
    %w = treadle.parameter "w" : tensor<2x4xf32>
    %t = linalg.transpose ins(%w …) … permutation = [1, 0]
    // after
    %t = treadle.parameter "w.prepared" : tensor<4x2xf32>
    func.func @prepare_0() -> tensor<4x2xf32>
        attributes {treadle.prepared = #treadle.prepared<"w.prepared", members = 0>}
    ```
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::func::FuncDialect"];
}

def PassDestinationsPass : Pass<"treadle-pass-destinations", "::mlir::ModuleOp"> {
  let summary = "Turn results of functions into destinations that are passed";
  let description = [{
    Precondition: functions of one block on tensors.
    Effect: each result becomes an argument, a contiguous memref whose `treadle.named` says
    `output`, and the function puts the result there. What is reshaped last is put there in the
    shape that it is made in. A result without a name is called `resultN`.
    Postcondition: functions have no results.

    ```mlir
    func.func @f(%x: tensor<?x8xf32>) -> (tensor<?x8xf32> {treadle.named = #treadle.named<"y", …>})
    // after
    func.func @f(%x: tensor<?x8xf32>, %y: memref<?x8xf32> {treadle.named = #treadle.named<"y", …, output>}) {
      bufferization.materialize_in_destination %x in restrict writable %y : …
    ```
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::bufferization::BufferizationDialect",
                           "::mlir::memref::MemRefDialect"];
}

def DecidePass : Pass<"treadle-decide", "::mlir::ModuleOp"> {
  let summary = "Decide how each operation is tiled for the target";
  let description = [{
    Precondition: stage `structured`, a `treadle.target` on the module.
    Effect: writes `#treadle.product`, `#treadle.rows` or `#treadle.attention_plan` on each
    group of operations of an entry point that has none: what a user wrote stays. A group has
    one decision, on its product, or on its last operation. Products of attention are bf16 where
    `treadle.precision` says so and that pays. docs/Pipelines.md has the formulas. What the
    module's `treadle.decisions` say of a piece of work is put there first, and that attribute
    goes away; fails on one that fits no piece. With `remarks` it says what was decided, and why.
    Postcondition: what `treadle-tile` requires.

    ```mlir
    %y = linalg.generic {…} ins(%x, %panels …) …
    // after, for AVX-512
    %y = linalg.generic {…} ins(%x, %panels …) …
           attrs = {treadle.lowering = #treadle.product<block = [192, 32], tile = [12, 32]>}
    ```
  }];
  let options = [Option<"attention", "attention", "::treadle::AttentionChoice",
    "::treadle::AttentionChoice::Automatic", "the strategy of attention that has no plan", [{::llvm::cl::values(
      clEnumValN(::treadle::AttentionChoice::Automatic, "auto", "what is best by shape and target"),
      clEnumValN(::treadle::AttentionChoice::Online, "online", ""),
      clEnumValN(::treadle::AttentionChoice::Rows, "rows", ""),
      clEnumValN(::treadle::AttentionChoice::Split, "split", ""),
      clEnumValN(::treadle::AttentionChoice::Decomposed, "decomposed", ""))}]>,
                 Option<"remarks", "remarks", "bool", "false", "say what was decided, and why">];
  let dependentDialects = ["::treadle::TreadleDialect"];
}

def InsertCountersPass : Pass<"treadle-insert-counters", "::mlir::ModuleOp"> {
  let summary = "Count time and work after each piece of work";
  let description = [{
    Precondition: stage `structured`, decisions made.
    Effect: puts a `treadle.count` after each group of operations of an entry point, each
    attention, and what moves tokens. It is named after the parameter that the work is about (of
    several that were prepared as one, `a.q|k|v.weight`), or after what is done; in a loop over
    layers it has a counter for each. Operations on floats and bytes are computed from the
    extents: those of a linear map and what is fused with it from iterations and operands, those of
    attention from the pairs of a query and a key that the mask lets see each other.
    Postcondition: none. Extents are asked of operations that `treadle-tile` will
    replace: `resolve-shaped-type-result-dims` and `scf-for-loop-canonicalization` have to run before.

    ```mlir
    %y = linalg.generic … ins(%x, %w …) …
    // after
    %y = linalg.generic … ins(%x, %w …) …
    treadle.count "layer.{}.up.weight"[%i of 6] operations(%f) bytes(%b)
    ```
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

def LocateWorkPass : Pass<"treadle-locate-work", "::mlir::ModuleOp"> {
  let summary = "Say in locations which piece of work code belongs to";
  let description = [{
    Precondition: stage `structured`, decisions made.
    Effect: the location of the operations of piece of work number N, called as
    `treadle-insert-counters` calls it, is line N of a file of that name; all others have
    none. Code made of them keeps it, down to line tables and assembly.
    Postcondition: none.

    ```mlir
    %y = linalg.generic … loc("model.mlir":12:8)
    // after
    %y = linalg.generic … loc("layer.{}.up.weight":3:1)
    ```
  }];
  let dependentDialects = ["::treadle::TreadleDialect"];
}

def DecomposeAttentionPass : Pass<"treadle-decompose-attention"> {
  let summary = "Take attention apart into products and a softmax";
  let description = [{
    Precondition: attention on tensors.
    Effect: each `treadle.attention` whose plan has the strategy `decomposed`, or each with
    `all`, becomes the scores of all queries against all keys, their maximum, weights and sum
    and the product with the values, as linalg. So does `treadle.online_attention` that is no
    tile of a plan.
    Postcondition: what is left is lowered by `treadle-tile`.

    ```mlir
    %o = treadle.attention dot queries(%q) keys(%k) values(%v) plan(#treadle.attention_plan<strategy = decomposed, …>) …
    // after
    %s = linalg.generic … ins(%k, %q) …
    %m = linalg.generic … ins(%s) …
    %p = linalg.generic … ins(%m, %s) …
    %l = linalg.generic … ins(%p) …
    %a = linalg.generic … ins(%v, %p) …
    %o = linalg.generic … ins(%a, %l) …
    ```
  }];
  let options = [Option<"all", "all", "bool", "false", "whatever the plans say">];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect"];
}

def TilePass : Pass<"treadle-tile"> {
  let summary = "Obey the decisions: parallel blocks of kernel-sized work";
  let description = [{
    Precondition: each group of linalg operations of an entry point, and each attention, has
    its decision; components of attention are of static number.
    Effect: products with what follows them elementwise, groups of operations on rows, and
    attentions become `scf.forall` over blocks. A block of a product whose reduction is in parts
    brings rows of the left operand into the thread's memory, part by part. Attention visits keys tile by tile
    with a running maximum and sum (Milakov and Gimelshein, 2018; Dao et al., 2022);
    keys that a mask's lengths or causality hide from all queries are not visited. What a
    thread needs for itself is a tensor of static shape, cut to size.
    Postcondition: no `treadle.attention` is left, and linalg of entry points is inside of
    `scf.forall`. Functions that carry `treadle.prepared` are as they were.

    ```mlir
    %y = linalg.generic {…} ins(%x, %panels …) outs(%zeros …)
    // after
    %y = scf.forall (%i, %p) in (%blocks, 3) shared_outs(%out = %empty) -> (tensor<?x3x16xf32>) {
      %part = tensor.extract_slice %out[%first, %p, 0] [%rows, 1, 16] [1, 1, 1] …
      %z = linalg.fill … outs(%part …)
      %t = linalg.generic {…} ins(%xs, %panel …) outs(%z …)
      scf.forall.in_parallel {
        tensor.parallel_insert_slice %t into %out[%first, %p, 0] [%rows, 1, 16] [1, 1, 1] …
      }
    }
    ```
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::scf::SCFDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::affine::AffineDialect", "::mlir::math::MathDialect",
                           "::mlir::bufferization::BufferizationDialect"];
}

def VerifyStatePass : Pass<"treadle-verify-state", "::mlir::ModuleOp"> {
  let summary = "Say which caches cannot be updated in place";
  let description = [{
    Precondition: what `treadle-bufferize` requires.
    Effect: asks the analysis that bufferisation goes by of each `treadle.cache_append` whether it
    will write into the cache that it is given. Where it will not, a warning, or with `strict`
    an error, says so, with a note at what prevents it: a later reader of the
    old cache, or what may not be written to.
    Postcondition: none beyond the precondition; with `strict`, no append copies its cache.

    ```mlir
    %c1 = treadle.cache_append %t to(%c0) at(%l) : …   // warning: copies its cache, …
    %old = linalg.generic … ins(%c0 : …)               // note: this reads the cache as it was before
    ```
  }];
  let options = [Option<"strict", "strict", "bool", "false", "whether it fails">];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::bufferization::BufferizationDialect"];
}

def BufferizePass : Pass<"treadle-bufferize", "::mlir::ModuleOp"> {
  let summary = "Bufferise in one shot";
  let description = [{
    Precondition: stage `tiled`, results passed as destinations; what a loop carries is made
    into itself.
    Effect: upstream's one-shot bufferisation across functions. Nothing writes to inputs or
    parameters. Allocations are aligned to 64 bytes, a cache line and the widest vector.
    Postcondition: no tensor is left.
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::bufferization::BufferizationDialect",
                           "::mlir::memref::MemRefDialect"];
}

def VectorizePass : Pass<"treadle-vectorize"> {
  let summary = "Turn linalg on buffers into loops over vectors";
  let description = [{
    Precondition: linalg and copies on memrefs, a `treadle.target` on the module.
    Effect: products become loops over tiles whose accumulators are carried in registers by
    the loop over the reduction, with tiles of 2^n rows for what is left; a fill with zero
    before a product goes away. Pairs of bf16 are multiplied by the target's `dot` instruction,
    or widened to f32, or on tile registers where the decision names a `unit` of such. Other operations become loops over vectors along a dimension
    that is contiguous in all that mention it, and loops over elements where there is none.
    Postcondition: no linalg and no copy is left.

    ```mlir
    linalg.generic {…} ins(%x, %panel …) outs(%y …) attrs = {treadle.lowering = #treadle.product<… tile = [6, 16]>}
    // after, for AVX2
    scf.for %m = %c0 to %whole step %c6 {
      %sums:12 = scf.for %k = %c0 to %c64 step %c1 iter_args(…) -> (vector<8xf32>, …) {
        %b0 = vector.load %panel[%c0, %k, %c0] …
        …
        %s0 = vector.fma %a0, %b0, %acc0 : vector<8xf32>
    ```
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
                           "::mlir::affine::AffineDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::amx::AMXDialect", "::mlir::x86vector::X86VectorDialect"];
}

def PlanMemoryPass : Pass<"treadle-plan-memory"> {
  let summary = "Place all buffers in one arena";
  let description = [{
    Precondition: bufferised functions, in which no buffer outlives the block that makes it.
    Effect: buffers that threads share become views of one allocation at the function's
    entry; buffers whose lives do not overlap share a place. Buffers of one thread, which are
    made inside of a parallel loop and have a static shape, go to its stack.
    Postcondition: at most one `memref.alloc` and one `memref.alloca` a function, in its
    first block. Fails on a size that is not known when the function begins.

    ```mlir
    %a = memref.alloc(%n) : memref<?xf32>
    // after
    %arena = memref.alloc(%bytes) {alignment = 64 : i64} : memref<?xi8>
    %a = memref.view %arena[%offset][%n] : memref<?xi8> to memref<?xf32>
    ```
  }];
  let dependentDialects = ["::treadle::TreadleDialect", "::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect"];
}

def VerifyStagePass : Pass<"treadle-verify-stage", "::mlir::ModuleOp"> {
  let summary = "Check the invariants of a stage and record that it is reached";
  let description = [{
    Effect: checks the invariants of a stage, which docs/Pipelines.md lists, and records on
    the module that the stage is reached. Fails with a diagnostic at the first operation
    that breaks one.
    Postcondition: `treadle.stage` is the stage.
  }];
  let options = [Option<"stage", "stage", "::treadle::Stage", "::treadle::Stage::Model",
    "the stage", [{::llvm::cl::values(
      clEnumValN(::treadle::Stage::Model, "model", ""),
      clEnumValN(::treadle::Stage::Structured, "structured", ""),
      clEnumValN(::treadle::Stage::Tiled, "tiled", ""),
      clEnumValN(::treadle::Stage::Buffers, "buffers", ""),
      clEnumValN(::treadle::Stage::Llvm, "llvm", ""))}]>];
  let dependentDialects = ["::treadle::TreadleDialect"];
}

#endif // TREADLE_TRANSFORMS_PASSES
