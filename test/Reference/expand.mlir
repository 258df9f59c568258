// A block means what the parts mean that it expands into.
//
// RUN: treadle-opt %s --treadle-interpret="digits=9" -o /dev/null > %t.whole
// RUN: treadle-opt %s --treadle-expand --canonicalize --treadle-interpret="digits=9" -o /dev/null > %t.parts
// RUN: diff %t.whole %t.parts
// RUN: FileCheck %s < %t.whole

// Numbers that follow no pattern: sin(7 i + 3 j) of rows i and columns j.
func.func private @numbers(%rows: index, %columns: index) -> tensor<?x?xf32> {
  %c3 = arith.constant 3 : index
  %c7 = arith.constant 7 : index
  %t = tensor.generate %rows, %columns {
  ^bb0(%i: index, %j: index):
    %a = arith.muli %i, %c7 : index
    %b = arith.muli %j, %c3 : index
    %s = arith.addi %a, %b : index
    %n = arith.index_cast %s : index to i64
    %f = arith.sitofp %n : i64 to f64
    %sin = math.sin %f : f64
    %g = arith.truncf %sin : f64 to f32
    tensor.yield %g : f32
  } : tensor<?x?xf32>
  return %t : tensor<?x?xf32>
}

// Four heads that share two of keys, norms, rotary positions behind a cache of unequal lengths, a cap and sinks.
// CHECK: decoder#0: 2x3x8xf32 {{[^n]*$}}
// CHECK: decoder#1: 2x6x2x4xf32 [
// CHECK: decoder#2: 2x6x2x4xf32 [
func.func @decoder() -> (tensor<2x3x8xf32>, tensor<2x6x2x4xf32>, tensor<2x6x2x4xf32>) {
  %c6 = arith.constant 6 : index
  %c8 = arith.constant 8 : index
  %c12 = arith.constant 12 : index
  %c16 = arith.constant 16 : index
  %c96 = arith.constant 96 : index
  %c1 = arith.constant 1 : index
  %xs = call @numbers(%c6, %c8) : (index, index) -> tensor<?x?xf32>
  %x2 = tensor.cast %xs : tensor<?x?xf32> to tensor<6x8xf32>
  %x = tensor.expand_shape %x2 [[0, 1], [2]] output_shape [2, 3, 8] : tensor<6x8xf32> into tensor<2x3x8xf32>
  %qs = call @numbers(%c16, %c8) : (index, index) -> tensor<?x?xf32>
  %wq = tensor.cast %qs : tensor<?x?xf32> to tensor<16x8xf32>
  %ks = call @numbers(%c8, %c8) : (index, index) -> tensor<?x?xf32>
  %wk = tensor.cast %ks : tensor<?x?xf32> to tensor<8x8xf32>
  %os = call @numbers(%c8, %c16) : (index, index) -> tensor<?x?xf32>
  %wo = tensor.cast %os : tensor<?x?xf32> to tensor<8x16xf32>
  %cs = call @numbers(%c1, %c96) : (index, index) -> tensor<?x?xf32>
  %c2 = tensor.cast %cs : tensor<?x?xf32> to tensor<1x96xf32>
  %c3 = tensor.collapse_shape %c2 [[0, 1]] : tensor<1x96xf32> into tensor<96xf32>
  %cache = tensor.expand_shape %c3 [[0, 1, 2, 3]] output_shape [2, 6, 2, 4] : tensor<96xf32> into tensor<2x6x2x4xf32>
  %past = arith.constant dense<[1, 3]> : tensor<2xi64>
  %gain = arith.constant dense<[1.0, 0.5, 2.0, -1.0]> : tensor<4xf32>
  %bq = arith.constant dense<0.25> : tensor<16xf32>
  %bk = arith.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]> : tensor<8xf32>
  %sinks = arith.constant dense<[0.5, -1.0, 2.0, 0.0]> : tensor<4xf32>
  %y:3 = treadle.multi_head_attention %x, %x, %x heads(4) key_heads(2) projections(%wq, %wk, %wk, %wo)
      biases(%bq, %bk, %bk, %bk) mask(#treadle.mask<causal, window = 4, align = offsets>)
      query_gain(%gain) key_gain(%gain) norm_epsilon(1.0e-5)
      positions(#treadle.rotary<width = 4, scaling = dynamic, factor = 2.0, original = 4>)
      soft_cap(3.0) sinks(%sinks) offsets(%past) cache(%cache, %cache)
    : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<16x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>,
       tensor<8x16xf32>, tensor<16xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<4xf32>, tensor<4xf32>,
       tensor<4xf32>, tensor<2xi64>, tensor<2x6x2x4xf32>, tensor<2x6x2x4xf32>)
      -> (tensor<2x3x8xf32>, tensor<2x6x2x4xf32>, tensor<2x6x2x4xf32>)
  return %y#0, %y#1, %y#2 : tensor<2x3x8xf32>, tensor<2x6x2x4xf32>, tensor<2x6x2x4xf32>
}

// Relative positions and ALiBi, the queries behind others.
// CHECK: relative#0: 1x2x4xf32 {{[^n]*$}}
// CHECK: relative#1: 1x2x4xf32 {{[^n]*$}}
func.func @relative() -> (tensor<1x2x4xf32>, tensor<1x2x4xf32>) {
  %c2 = arith.constant 2 : index
  %c5 = arith.constant 5 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %xs = call @numbers(%c2, %c4) : (index, index) -> tensor<?x?xf32>
  %x2 = tensor.cast %xs : tensor<?x?xf32> to tensor<2x4xf32>
  %x = tensor.expand_shape %x2 [[0, 1], [2]] output_shape [1, 2, 4] : tensor<2x4xf32> into tensor<1x2x4xf32>
  %ks = call @numbers(%c5, %c4) : (index, index) -> tensor<?x?xf32>
  %k2 = tensor.cast %ks : tensor<?x?xf32> to tensor<5x4xf32>
  %k = tensor.expand_shape %k2 [[0, 1], [2]] output_shape [1, 5, 4] : tensor<5x4xf32> into tensor<1x5x4xf32>
  %ws = call @numbers(%c4, %c4) : (index, index) -> tensor<?x?xf32>
  %w = tensor.cast %ws : tensor<?x?xf32> to tensor<4x4xf32>
  %us = call @numbers(%c2, %c4) : (index, index) -> tensor<?x?xf32>
  %wk = tensor.cast %us : tensor<?x?xf32> to tensor<2x4xf32>
  %ts = call @numbers(%c8, %c4) : (index, index) -> tensor<?x?xf32>
  %t = tensor.cast %ts : tensor<?x?xf32> to tensor<8x4xf32>
  %before = arith.constant dense<3> : tensor<1xi32>
  %prefix = arith.constant dense<1> : tensor<1xi32>
  %y = treadle.multi_head_attention %x, %k, %k heads(4) projections(%w, %w, %w, %w) scale(2.0)
      positions(#treadle.relative<buckets = 8, max_distance = 16, bidirectional>) relative_table(%t) offsets(%before)
    : (tensor<1x2x4xf32>, tensor<1x5x4xf32>, tensor<1x5x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>,
       tensor<4x4xf32>, tensor<8x4xf32>, tensor<1xi32>) -> tensor<1x2x4xf32>
  %z = treadle.multi_head_attention %x, %k, %k heads(4) key_heads(2) projections(%w, %wk, %wk, %w)
      positions(#treadle.alibi) mask(#treadle.mask<causal, window = 2, prefix, align = offsets>) offsets(%before) prefixes(%prefix)
    : (tensor<1x2x4xf32>, tensor<1x5x4xf32>, tensor<1x5x4xf32>, tensor<4x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>,
       tensor<4x4xf32>, tensor<1xi32>, tensor<1xi32>) -> tensor<1x2x4xf32>
  return %y, %z : tensor<1x2x4xf32>, tensor<1x2x4xf32>
}

// CHECK: blocks: 2x4xf32 {{[^n]*$}}
func.func @blocks() -> tensor<2x4xf32> {
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c6 = arith.constant 6 : index
  %xs = call @numbers(%c2, %c4) : (index, index) -> tensor<?x?xf32>
  %x = tensor.cast %xs : tensor<?x?xf32> to tensor<2x4xf32>
  %gs = call @numbers(%c6, %c4) : (index, index) -> tensor<?x?xf32>
  %g = tensor.cast %gs : tensor<?x?xf32> to tensor<6x4xf32>
  %ds = call @numbers(%c4, %c6) : (index, index) -> tensor<?x?xf32>
  %d = tensor.cast %ds : tensor<?x?xf32> to tensor<4x6xf32>
  %up = arith.addf %g, %g : tensor<6x4xf32>
  %b6 = arith.constant dense<0.5> : tensor<6xf32>
  %b4 = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %y = treadle.stack 2 (%x) : tensor<2x4xf32> {
  ^layer(%h: tensor<2x4xf32>, %i: index):
    %1 = treadle.residual %h input_scale(1.5) scale(0.5) gate(%b4) : tensor<2x4xf32>, tensor<4xf32> {
    ^branch(%u: tensor<2x4xf32>):
      %n = treadle.rms_norm %u, %b4 epsilon(1.0e-6) : tensor<2x4xf32>, tensor<4xf32>
      %f = treadle.gated_feed_forward %n, %g, %up, %d biases(%b6, %b6, %b4) activation(silu)
        : tensor<2x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>, tensor<4x6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<4xf32>
      treadle.yield %f : tensor<2x4xf32>
    }
    %2 = treadle.residual %1 : tensor<2x4xf32> {
    ^branch(%u: tensor<2x4xf32>):
      %f = treadle.feed_forward %u, %g, %d biases(%b6, %b4) activation(gelu_tanh)
        : tensor<2x4xf32>, tensor<6x4xf32>, tensor<4x6xf32>, tensor<6xf32>, tensor<4xf32>
      treadle.yield %f : tensor<2x4xf32>
    }
    treadle.yield %2 : tensor<2x4xf32>
  }
  return %y : tensor<2x4xf32>
}
