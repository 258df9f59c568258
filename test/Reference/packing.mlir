// RUN: treadle-opt %s --treadle-interpret --split-input-file --verify-diagnostics -o /dev/null | FileCheck %s

// Lengths that are negative are none, and those beyond the sequence all of it.
// CHECK: starts#0: 6xi64 [0, 2, 2, 5, 5, 8]
// CHECK: starts#1: 4xi64 [0, 1, 2, 5]
func.func @starts() -> (tensor<6xi64>, tensor<4xi64>) {
  %c3 = arith.constant 3 : index
  %lengths = arith.constant dense<[2, 0, 3, -5, 9]> : tensor<5xi64>
  %few = arith.constant dense<[0, 1, 4]> : tensor<3xi32>
  %y = treadle.sequence_starts %lengths of(%c3) : tensor<5xi64> -> tensor<6xi64>
  %z = treadle.sequence_starts %few of(%c3) at_least(1) : tensor<3xi32> -> tensor<4xi64>
  return %y, %z : tensor<6xi64>, tensor<4xi64>
}

// No sequence has an end all the same, and tokens that there are none of are packed into no row.
// CHECK: none#0: 1xi64 [0]
// CHECK: none#1: 0x2xi32
func.func @none() -> (tensor<1xi64>, tensor<?x2xi32>) {
  %c0 = arith.constant 0 : index
  %lengths = arith.constant dense<> : tensor<0xi64>
  %starts = treadle.sequence_starts %lengths of(%c0) : tensor<0xi64> -> tensor<1xi64>
  %x = tensor.empty() : tensor<0x4x2xi32>
  %y = treadle.pack_tokens %x at(%starts) : (tensor<0x4x2xi32>, tensor<1xi64>) -> tensor<?x2xi32>
  return %starts, %y : tensor<1xi64>, tensor<?x2xi32>
}

// CHECK: move#0: 3x2xi32 [ [1, 2], [3, 4], [13, 14] ]
// CHECK: move#1: 3x2x2xi32 [ [ [1, 2], [3, 4] ], [ [0, 0], [0, 0] ], [ [13, 14], [0, 0] ] ]
func.func @move() -> (tensor<?x2xi32>, tensor<3x2x2xi32>) {
  %c2 = arith.constant 2 : index
  %x = arith.constant dense<[[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[13, 14], [15, 16]]]> : tensor<3x2x2xi32>
  %starts = arith.constant dense<[0, 2, 2, 3]> : tensor<4xi64>
  %y = treadle.pack_tokens %x at(%starts) : (tensor<3x2x2xi32>, tensor<4xi64>) -> tensor<?x2xi32>
  %z = treadle.unpack_tokens %y at(%starts) to(%c2) : (tensor<?x2xi32>, tensor<4xi64>, index) -> tensor<3x2x2xi32>
  return %y, %z : tensor<?x2xi32>, tensor<3x2x2xi32>
}

// -----

func.func @too_long() -> tensor<?xi32> {
  %x = arith.constant dense<0> : tensor<2x3xi32>
  %starts = arith.constant dense<[0, 4, 5]> : tensor<3xi64>
  // expected-error @below {{has a sequence of 4 tokens, and there are 3}}
  %y = treadle.pack_tokens %x at(%starts) : (tensor<2x3xi32>, tensor<3xi64>) -> tensor<?xi32>
  return %y : tensor<?xi32>
}

// -----

func.func @late() -> tensor<?xi32> {
  %x = arith.constant dense<0> : tensor<2x3xi32>
  %starts = arith.constant dense<[1, 2, 3]> : tensor<3xi64>
  // expected-error @below {{has a first start that is not zero}}
  %y = treadle.pack_tokens %x at(%starts) : (tensor<2x3xi32>, tensor<3xi64>) -> tensor<?xi32>
  return %y : tensor<?xi32>
}

// -----

func.func @few_rows() -> tensor<2x3xi32> {
  %c3 = arith.constant 3 : index
  %x = arith.constant dense<0> : tensor<4xi32>
  %starts = arith.constant dense<[0, 2, 5]> : tensor<3xi64>
  // expected-error @below {{the number of rows is 4, the last start is 5}}
  %y = treadle.unpack_tokens %x at(%starts) to(%c3) : (tensor<4xi32>, tensor<3xi64>, index) -> tensor<2x3xi32>
  return %y : tensor<2x3xi32>
}
