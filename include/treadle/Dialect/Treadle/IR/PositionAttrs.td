//===- PositionAttrs.td - How positions enter attention -*- tablegen -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM Exceptions.
// See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_POSITION_ATTRS
#define TREADLE_POSITION_ATTRS

include "treadle/Dialect/Treadle/IR/TreadleAttrs.td"

def Treadle_RotaryLayout : Treadle_Enum<"RotaryLayout", "which components are a pair", [
  I32EnumAttrCase<"Half", 0, "half">,
  I32EnumAttrCase<"Interleaved", 1, "interleaved">]>;

def Treadle_RotaryScaling
    : Treadle_Enum<"RotaryScaling", "how frequencies change for longer contexts", [
  I32EnumAttrCase<"None", 0, "none">,
  I32EnumAttrCase<"Linear", 1, "linear">,
  I32EnumAttrCase<"Dynamic", 2, "dynamic">,
  I32EnumAttrCase<"Yarn", 3, "yarn">,
  I32EnumAttrCase<"Llama3", 4, "llama3">,
  I32EnumAttrCase<"Longrope", 5, "longrope">]>;

def Treadle_RotaryAttr : Treadle_Attr<"Rotary", "rotary"> {
  let summary = "the frequencies of a rotary encoding, and what they turn";
  let description = [{
    The first `width` components of a vector are width/2 pairs; a position p turns pair
    i by p·w(i), where w(i) = base^(-2i/width) unless `scaling` changes it. A pair is
    (i, i + width/2) when `layout` is `half`, and (2i, 2i + 1) when it is `interleaved`.
    docs/Spec.md says which parameters each scaling asks for, and its equation;
    `getRotaryFrequencies` computes it.

    Example: `#treadle.rotary<width = 64, base = 5.0e+05, scaling = llama3,
    factor = 8.0, original = 8192, low = 1.0, high = 4.0>`.
  }];
  let parameters = (ins "int64_t":$width, "::mlir::FloatAttr":$base,
    DefaultValuedParameter<"::treadle::RotaryLayout",
                           "::treadle::RotaryLayout::Half">:$layout,
    DefaultValuedParameter<"::treadle::RotaryScaling",
                           "::treadle::RotaryScaling::None">:$scaling,
    OptionalParameter<"::mlir::FloatAttr">:$factor,
    OptionalParameter<"std::optional<int64_t>">:$original,
    OptionalParameter<"::mlir::FloatAttr">:$low,
    OptionalParameter<"::mlir::FloatAttr">:$high,
    DefaultValuedParameter<"bool", "true">:$truncate,
    OptionalParameter<"::mlir::FloatAttr">:$magnitude,
    OptionalParameter<"::mlir::DenseF64ArrayAttr">:$shortFactors,
    OptionalParameter<"::mlir::DenseF64ArrayAttr">:$longFactors);
  let builders = [
    // Frequencies as they are.
    AttrBuilder<(ins "int64_t":$width, CArg<"double", "1.0e4">:$base,
                     CArg<"::treadle::RotaryLayout",
                          "::treadle::RotaryLayout::Half">:$layout)>];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The same frequencies for the other pairs.
    RotaryAttr withLayout(RotaryLayout layout) const;
    /// What cosines and sines are multiplied by: `magnitude`, or what the scaling
    /// takes for it when it is not given.
    double getEffectiveMagnitude() const;
    /// Whether the frequencies depend on how long the run is.
    bool dependsOnLength() const {
      return getScaling() == RotaryScaling::Dynamic ||
             getScaling() == RotaryScaling::Longrope;
    }
  }];
}

def Treadle_AlibiAttr : Treadle_Attr<"Alibi", "alibi"> {
  let summary = "scores fall with the distance of query and key";
  let description = [{
    What `treadle.alibi` does to a score, as the positions of an attention
    (Press et al., 2021).
  }];
  let parameters = (ins);
}

def Treadle_RelativeAttr : Treadle_Attr<"Relative", "relative"> {
  let summary = "scores change with the bucket of the distance of query and key";
  let description = [{
    What `treadle.relative_bucket` makes of query and key chooses a row of a table
    with a column for each head, which is added to the score (Raffel et al., 2019).

    Example: `#treadle.relative<buckets = 32, max_distance = 128, bidirectional>`.
  }];
  let parameters = (ins "int64_t":$buckets, "int64_t":$maxDistance,
                        DefaultValuedParameter<"bool", "false">:$bidirectional);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

#endif // TREADLE_POSITION_ATTRS
