//===- TreadleAttrs.td - Typed configuration of operations and stages -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_ATTRS
#define TREADLE_ATTRS

include "treadle/Dialect/Treadle/IR/TreadleDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/Dialect/SCF/IR/DeviceMappingInterface.td"

class Treadle_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Treadle_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

class Treadle_Enum<string name, string description, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, description, cases> {
  let cppNamespace = "::treadle";
  let genSpecializedAttr = 0;
}

//===----------------------------------------------------------------------===//
// What operations compute
//===----------------------------------------------------------------------===//

def Treadle_Activation : Treadle_Enum<"Activation", "an elementwise function", [
  I32EnumAttrCase<"Identity", 0, "identity">,
  I32EnumAttrCase<"Gelu", 1, "gelu">,
  I32EnumAttrCase<"GeluTanh", 2, "gelu_tanh">,
  I32EnumAttrCase<"Relu", 3, "relu">,
  I32EnumAttrCase<"Silu", 4, "silu">,
  I32EnumAttrCase<"Tanh", 5, "tanh">,
  I32EnumAttrCase<"Sigmoid", 6, "sigmoid">,
  I32EnumAttrCase<"QuickGelu", 7, "quick_gelu">,
  I32EnumAttrCase<"ReluSquared", 8, "relu_squared">]>;
def Treadle_ActivationAttr
    : EnumAttr<Treadle_Dialect, Treadle_Activation, "activation"> {
  let assemblyFormat = "`<` $value `>`";
  let summary = "an elementwise function of a real number";
  let description = [{
    `gelu` is x/2 (1 + erf(x/√2)) (Hendrycks and Gimpel, 2016), `gelu_tanh`
    its approximation by tanh from the same paper and `quick_gelu` that by
    x/(1 + e^(-1.702 x)); `silu` is x/(1 + e^-x), `sigmoid` 1/(1 + e^-x),
    `relu_squared` max(x, 0)² (So et al., 2021).
  }];
}

def Treadle_Score : Treadle_Enum<"Score", "how a query scores a key", [
  I32EnumAttrCase<"ScaledDot", 0, "scaled_dot">,
  I32EnumAttrCase<"Dot", 1, "dot">,
  I32EnumAttrCase<"Additive", 2, "additive">]>;
def Treadle_ScoreAttr : EnumAttr<Treadle_Dialect, Treadle_Score, "score"> {
  let assemblyFormat = "`<` $value `>`";
  let summary = "how a query scores a key";
  let description = [{
    `dot` is q·k. `scaled_dot` multiplies it by the operation's scale, which
    is 1/√d_k unless given: the variance of q·k is d_k when the components
    are independent with variance one (Vaswani et al., 2017, 3.2.1).
    `additive` is Σ_d w(d) tanh(q(d) + k(d)) (Bahdanau et al., 2014).
  }];
}

def Treadle_Pooling : Treadle_Enum<"Pooling", "how tokens become one vector", [
  I32EnumAttrCase<"Mean", 0, "mean">,
  I32EnumAttrCase<"First", 1, "first">,
  I32EnumAttrCase<"Max", 2, "max">]>;
def Treadle_PoolingAttr : EnumAttr<Treadle_Dialect, Treadle_Pooling, "pooling"> {
  let assemblyFormat = "`<` $value `>`";
  let summary = "how a sequence of vectors becomes one";
}

def Treadle_NormPlacement
    : Treadle_Enum<"NormPlacement", "where a residual block normalises", [
  I32EnumAttrCase<"None", 0, "none">, I32EnumAttrCase<"Pre", 1, "pre">,
  I32EnumAttrCase<"Post", 2, "post">, I32EnumAttrCase<"Sandwich", 3, "sandwich">]>;

def Treadle_Alignment : Treadle_Enum<"Alignment", "where queries lie beside keys", [
  I32EnumAttrCase<"BottomRight", 0, "bottom_right">,
  I32EnumAttrCase<"TopLeft", 1, "top_left">,
  I32EnumAttrCase<"Lengths", 2, "lengths">,
  I32EnumAttrCase<"Offsets", 3, "offsets">]>;

def Treadle_MaskAttr : Treadle_Attr<"Mask", "mask"> {
  let summary = "which keys a query may look at, in a form that can be analysed";
  let description = [{
    Query m lies at position p(m) = m + offset among the keys. The offset is what
    `align` says: N - M, the number of keys less that of queries (`bottom_right`, which
    is meant unless another is given: the last query lies at the last key), 0 (`top_left`),
    lengths[b] - M (`lengths`), or offsets[b] (`offsets`). Key n is visible when all parts that
    are present say so:

    - `causal`: n <= p(m);
    - `window = W`: |p(m) - n| < W;
    - `keys_within_lengths`: n < lengths[b], an operand of the operation;

    and with `prefix`, keys n < prefixes[b] are visible whatever the first two say.

    Loop bounds are derived from it (MaskAnalysis.h): a key that no query of a tile sees is
    never visited. Example: `#treadle.mask<causal, window = 256, align = offsets>`.
  }];
  let parameters = (ins "bool":$causal, "bool":$keysWithinLengths,
    DefaultValuedParameter<"int64_t", "0", "0 for none">:$window,
    DefaultValuedParameter<"bool", "false">:$prefix,
    DefaultValuedParameter<"::treadle::Alignment", "::treadle::Alignment::BottomRight">:$align);
  let builders = [
    AttrBuilder<(ins "bool":$causal, "bool":$keysWithinLengths), [{
      return $_get($_ctxt, causal, keysWithinLengths, 0, false, Alignment::BottomRight);
    }]>
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Whether positions matter: a query sees other keys than its neighbour.
    bool isPositional() const { return getCausal() || getWindow() != 0; }
    /// Whether the operands are asked for.
    bool wantsLengths() const {
      return getKeysWithinLengths() || getAlign() == Alignment::Lengths;
    }
    bool wantsOffsets() const { return getAlign() == Alignment::Offsets; }
  }];
}

//===----------------------------------------------------------------------===//
// What the outside sees
//===----------------------------------------------------------------------===//

def Treadle_NamedAttr : Treadle_Attr<"Named", "named"> {
  let summary = "what callers must know of an argument or result of an entry point";
  let description = [{
    Put on a function's argument or result as `treadle.named`. `dims` has one
    name for each dimension, empty where the extent is static; equal names
    are equal extents. Where present:

    - `limits`: the largest extent of each dimension, 0 for none;
    - `below`: elements are integers in [0, below);
    - `maximum`: elements are integers in [0, the extent of that name];
    - `optional`: a caller may leave the argument out, and every element is then
      the extent that `maximum` names;
    - `output`: the argument is where a result goes.

    `treadle-derive-limits` fills `limits` and `below` from the tables that are
    indexed. Example: `#treadle.named<"lengths", dims = ["batch"], maximum =
    "sequence", optional>`.
  }];
  let parameters = (ins "::mlir::StringAttr":$name,
    ArrayRefParameter<"::mlir::StringAttr">:$dims,
    OptionalArrayRefParameter<"int64_t">:$limits,
    DefaultValuedParameter<"int64_t", "0">:$below,
    OptionalParameter<"::mlir::StringAttr">:$maximum,
    DefaultValuedParameter<"bool", "false">:$optional,
    DefaultValuedParameter<"bool", "false">:$output);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The same, as the argument that a result goes to.
    NamedAttr asOutput() const {
      return get(getContext(), getName(), getDims(), getLimits(), getBelow(),
                 getMaximum(), getOptional(), /*output=*/true);
    }
    /// The same with other limits.
    NamedAttr withLimits(llvm::ArrayRef<int64_t> limits, int64_t below) const {
      return get(getContext(), getName(), getDims(), limits, below, getMaximum(),
                 getOptional(), getOutput());
    }
  }];
}

def Treadle_PreparedAttr : Treadle_Attr<"Prepared", "prepared"> {
  let summary = "a function that makes a prepared parameter of published ones";
  let description = [{
    Put on a function as `treadle.prepared`: its result, or the destination that
    its result became, is the parameter `name`. When `members` is not 0 the name has a hole, and the function's
    first argument, a tensor<i64>, says which of the members is made. Such functions run when an artifact is made and are no part of
    it. Written by `treadle-prepare-parameters`.
  }];
  let parameters = (ins "::mlir::StringAttr":$name, "int64_t":$members);
  let assemblyFormat = "`<` $name `,` `members` `=` $members `>`";
  let genVerifyDecl = 1;
}

def Treadle_CountersAttr : Treadle_Attr<"Counters", "counters"> {
  let summary = "what an entry point counts";
  let description = [{
    Put on an entry point as `treadle.counters`: the names of its counters in the order of the
    numbers that it gives to `treadle_host::count`. A counter with members has a number
    for each, one after another; 0 is one counter. Written by `treadle-emit-entry-points`.
  }];
  let parameters = (ins ArrayRefParameter<"::mlir::StringAttr">:$names,
                        ArrayRefParameter<"int64_t">:$members);
  let assemblyFormat = "`<` `[` $names `]` `,` `members` `=` `[` $members `]` `>`";
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// How far a module is, and how it will be done
//===----------------------------------------------------------------------===//

def Treadle_Stage : Treadle_Enum<"Stage", "a state of the IR", [
  I32EnumAttrCase<"Model", 0, "model">,
  I32EnumAttrCase<"Structured", 1, "structured">,
  I32EnumAttrCase<"Tiled", 2, "tiled">,
  I32EnumAttrCase<"Buffers", 3, "buffers">,
  I32EnumAttrCase<"Llvm", 4, "llvm">]>;
def Treadle_StageAttr : EnumAttr<Treadle_Dialect, Treadle_Stage, "stage"> {
  let summary = "the stage that a module has reached";
  let description = [{
    Carried by a module as `treadle.stage`; `treadle-verify-stage` checks the
    stage's invariants, which docs/Pipelines.md lists.
  }];
  let assemblyFormat = "`<` $value `>`";
}

def Treadle_Precision : Treadle_Enum<"Precision", "what products are computed in", [
  I32EnumAttrCase<"F32", 0, "f32">,
  I32EnumAttrCase<"BF16", 1, "bf16">,
  I32EnumAttrCase<"F16", 2, "f16">]>;
def Treadle_PrecisionAttr : EnumAttr<Treadle_Dialect, Treadle_Precision, "precision"> {
  let summary = "what the products of linear maps and of attention are computed in";
  let description = [{
    Carried by a module as `treadle.precision`; without it that is `f32`. With `bf16` weights are
    rounded to bfloat16 when an artifact is made, and what they multiply may be, as may be the
    operands of both products of attention; sums, and all that is not such a product, stay f32.
    With `f16` weights are stored as IEEE half, and all else is f32, attention included.
    Written by `treadle-to-linalg`, which obeys it for linear maps; `treadle-decide` writes it
    into the plans of attention.
  }];
  let assemblyFormat = "`<` $value `>`";
}

def Treadle_DotInstruction
    : Treadle_Enum<"DotInstruction", "an instruction that sums several products a lane", [
  I32EnumAttrCase<"None", 0, "none">,
  I32EnumAttrCase<"Vdpbf16ps", 1, "vdpbf16ps">]>;

def Treadle_TileUnit
    : Treadle_Enum<"TileUnit", "a unit that multiplies matrices in registers of its own", [
  I32EnumAttrCase<"None", 0, "none">,
  I32EnumAttrCase<"AmxBF16", 1, "amx_bf16">]>;

def Treadle_TargetAttr : Treadle_Attr<"Target", "target"> {
  let summary = "what decisions about code need to know of a CPU";
  let description = [{
    Carried by a module as `treadle.target`. Vector width in bits, number of
    vector registers, sizes of the first and second level data caches in
    bytes; `features` in LLVM's form (`+avx512f,+fma`), which is what code is made
    for and what an artifact requires. AVX2 and AVX-512 are values of it. `dot` is the
    instruction that pairs of bf16 are best multiplied by; with `none`, the default, that is
    the FMA of f32. `tile` is a unit for matrices of bf16, `none` by default; where it is
    `amx_bf16` and the features lack amx-bf16, vectors compute what its tiles would, so that
    the code can be tested on any CPU. `cores` is how many threads are likely to share the
    work, 1 by default: code runs with any number of them.
  }];
  let parameters = (ins StringRefParameter<"LLVM's name of the CPU">:$cpu,
    StringRefParameter<"LLVM's list of features">:$features,
    "int64_t":$vectorBits, "int64_t":$registers,
    "int64_t":$l1, "int64_t":$l2,
    DefaultValuedParameter<"::treadle::DotInstruction", "::treadle::DotInstruction::None">:$dot,
    DefaultValuedParameter<"::treadle::TileUnit", "::treadle::TileUnit::None">:$tile,
    DefaultValuedParameter<"int64_t", "1">:$cores);
  let assemblyFormat = [{
    `<` struct(params) `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Elements of `bits` bits in one vector register.
    int64_t getLanes(unsigned bits) const { return getVectorBits() / bits; }
    /// Whether code may use a feature, by LLVM's name.
    bool hasFeature(llvm::StringRef name) const;
    /// Whether an instruction widens f16; AVX-512 has it without the feature.
    bool widensF16() const {
      return hasFeature("f16c") || hasFeature("avx512f");
    }
    /// The same CPU with another number of cores, of at least one.
    TargetAttr withCores(int64_t cores) const;
  }];
}

def Treadle_ProductAttr : Treadle_Attr<"Product", "product"> {
  let summary = "how a matrix product is tiled";
  let description = [{
    `block` is the part of the result, in rows and columns, that one thread
    makes at a time, `tile` the part whose accumulators are in registers for
    the whole reduction. Columns are those of the packed operand, whose panels
    are as wide as a tile. Where there is a `reduction`, so many elements of
    it are added up at a time, from rows of the left operand that the thread
    has copied into memory of its own, where the sums are meanwhile, too. With the `unit` `amx_bf16` a tile is one or two tile registers high and wide, and
    `depth`, where it is not 0, so many elements of the reduction that all rows of a block are
    multiplied by before the next. Rows are shared by so many `threads`: in a multiple of that
    many blocks, if each then has some tiles of rows, so that a thread goes on with the rows that it
    has made before. Written by `treadle-decide`, obeyed by
    `treadle-tile` and `treadle-vectorize`.
  }];
  let parameters = (ins "int64_t":$blockRows, "int64_t":$blockColumns,
    "int64_t":$tileRows, "int64_t":$tileColumns,
    DefaultValuedParameter<"int64_t", "0">:$reduction,
    DefaultValuedParameter<"::treadle::TileUnit", "::treadle::TileUnit::None">:$unit,
    DefaultValuedParameter<"int64_t", "0">:$depth,
    DefaultValuedParameter<"int64_t", "1">:$threads);
  let assemblyFormat = [{
    `<` `block` `=` `[` $blockRows `,` $blockColumns `]` `,`
        `tile` `=` `[` $tileRows `,` $tileColumns `]`
        (`,` struct($reduction, $unit, $depth, $threads)^)? `>`
  }];
  let genVerifyDecl = 1;
}

def Treadle_Strategy : Treadle_Enum<"Strategy", "a way to lower attention", [
  I32EnumAttrCase<"Online", 0, "online">,
  I32EnumAttrCase<"Rows", 1, "rows">,
  I32EnumAttrCase<"Split", 2, "split">,
  I32EnumAttrCase<"Decomposed", 3, "decomposed">]>;

def Treadle_AttentionPlanAttr : Treadle_Attr<"AttentionPlan", "attention_plan"> {
  let summary = "how an attention is tiled";
  let description = [{
    One thread makes `queries` rows of the result at a time, with queries as the lanes of
    its vectors; `tileRows` keys (or components of values) by `queries` accumulators are in
    registers. By `strategy` it goes over the keys

    - `online`: in tiles of `keys`, with a running maximum and sum;
    - `rows`: at once, for a static number of keys;
    - `split`: in `splits` ranges, which are tasks of their own and go online; what they give
      is combined afterwards;
    - `decomposed`: not at all; the scores of all queries are a tensor.

    With the `precision` bf16 the products of queries and keys and of weights and values are
    made of pairs of bf16, to which a task rounds what it reads; sums and the softmax are f32.
    A task has `blocks` of that many queries one after the other, which share what it makes of a
    tile of keys and their values. With the `unit` `amx_bf16` products are made in tile registers,
    and `tileRows` and `queries` are one or two of them high and wide.

    Written by `treadle-decide`, obeyed by `treadle-tile` and
    `treadle-decompose-attention`.
  }];
  let parameters = (ins DefaultValuedParameter<"::treadle::Strategy", "::treadle::Strategy::Online">:$strategy,
    "int64_t":$queries, "int64_t":$keys, "int64_t":$tileRows,
    DefaultValuedParameter<"int64_t", "1">:$splits,
    DefaultValuedParameter<"::treadle::Precision", "::treadle::Precision::F32">:$precision,
    DefaultValuedParameter<"int64_t", "1">:$blocks,
    DefaultValuedParameter<"::treadle::TileUnit", "::treadle::TileUnit::None">:$unit);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Treadle_RowsAttr : Treadle_Attr<"Rows", "rows"> {
  let summary = "how work on independent rows is tiled";
  let description = [{
    One thread does `block` rows of the outermost dimensions at a time.
    Written by `treadle-decide`, obeyed by `treadle-tile`.
  }];
  let parameters = (ins "int64_t":$block);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Treadle_DecisionAttr : Treadle_Attr<"Decision", "decision"> {
  let summary = "how a piece of work is to be done, by its name";
  let description = [{
    A module carries an array of them as `treadle.decisions`: the piece `work` of `function` is
    lowered as `lowering` says, a `#treadle.product`, `#treadle.rows` or
    `#treadle.attention_plan`. Pieces are called as a profile calls them. Written by `treadle
    tune`; `treadle-decide` puts each on its operations.
  }];
  let parameters = (ins "::mlir::StringAttr":$function, "::mlir::StringAttr":$work,
                        "::mlir::Attribute":$lowering);
  let assemblyFormat = "`<` $function `,` $work `,` $lowering `>`";
  let genVerifyDecl = 1;
}

def Treadle_TeamAttr : Treadle_Attr<"Team", "team",
    [DeclareAttrInterfaceMethods<DeviceMappingAttrInterface>]> {
  let summary = "a dimension of a parallel loop whose blocks a team of threads shares";
  let description = [{
    One for each dimension of an `scf.forall`, in order, as its mapping. A loop so marked stays
    a loop when it has one block, which is then one thread's. Written by `treadle-tile`,
    obeyed by `treadle-emit-entry-points`.
  }];
  let parameters = (ins "int64_t":$dimension);
  let assemblyFormat = "`<` $dimension `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The mapping of a loop over `rank` dimensions.
    static mlir::ArrayAttr getMapping(mlir::MLIRContext *context, int64_t rank);
  }];
}

#endif // TREADLE_ATTRS
