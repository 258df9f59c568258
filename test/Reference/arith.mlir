// RUN: treadle-opt %s --treadle-interpret="digits=12" -o /dev/null | FileCheck %s

// CHECK: floats#0: f32 3.5
// CHECK: floats#1: f32 -0.75
// CHECK: floats#2: f32 0.333333333333
// CHECK: floats#3: f32 -1
func.func @floats() -> (f32, f32, f32, f32) {
  %a = arith.constant 1.5 : f32
  %b = arith.constant 2.0 : f32
  %c = arith.constant -0.5 : f32
  %one = arith.constant 1.0 : f32
  %three = arith.constant 3.0 : f32
  %sum = arith.addf %a, %b : f32
  %product = arith.mulf %a, %c : f32
  // Not rounded to f32: 0.33333334… would be.
  %third = arith.divf %one, %three : f32
  %minus = arith.negf %one : f32
  return %sum, %product, %third, %minus : f32, f32, f32, f32
}

// Rounding is what arith.truncf does, ties to even.
// CHECK: rounded#0: f32 0.333333343267
// CHECK: rounded#1: f16 0.333251953125
// CHECK: rounded#2: bf16 0.333984375
// CHECK: rounded#3: bf16 256
func.func @rounded() -> (f32, f16, bf16, bf16) {
  %one = arith.constant 1.0 : f64
  %three = arith.constant 3.0 : f64
  %third = arith.divf %one, %three : f64
  %f32 = arith.truncf %third : f64 to f32
  %f16 = arith.truncf %third : f64 to f16
  %bf16 = arith.truncf %third : f64 to bf16
  %tie = arith.constant 257.0 : f32
  %even = arith.truncf %tie : f32 to bf16
  return %f32, %f16, %bf16, %even : f32, f16, bf16, bf16
}

// A NaN is the maximum of anything, and is no number to maxnumf.
// CHECK: nans#0: f32 nan
// CHECK: nans#1: f32 1
// CHECK: nans#2: i1 false
// CHECK: nans#3: i1 true
// CHECK: nans#4: f32 nan
func.func @nans() -> (f32, f32, i1, i1, f32) {
  %nan = arith.constant 0x7FC00000 : f32
  %inf = arith.constant 0x7F800000 : f32
  %one = arith.constant 1.0 : f32
  %maximum = arith.maximumf %nan, %one : f32
  %maxnum = arith.maxnumf %nan, %one : f32
  %ordered = arith.cmpf olt, %nan, %one : f32
  %unordered = arith.cmpf ult, %nan, %one : f32
  %difference = arith.subf %inf, %inf : f32
  return %maximum, %maxnum, %ordered, %unordered, %difference : f32, f32, i1, i1, f32
}

// Integers wrap at their width.
// CHECK: integers#0: i8 -128
// CHECK: integers#1: i8 -3
// CHECK: integers#2: i8 -4
// CHECK: integers#3: i8 126
// CHECK: integers#4: i1 true
// CHECK: integers#5: i1 false
// CHECK: integers#6: i32 249
func.func @integers() -> (i8, i8, i8, i8, i1, i1, i32) {
  %most = arith.constant 127 : i8
  %one = arith.constant 1 : i8
  %two = arith.constant 2 : i8
  %minus = arith.constant -7 : i8
  %wrapped = arith.addi %most, %one : i8
  %toward_zero = arith.divsi %minus, %two : i8
  %down = arith.floordivsi %minus, %two : i8
  // 249 / 2, wrapped to a sign: 124; 249 mod 2 is 1.
  %unsigned = arith.divui %minus, %two : i8
  %sum = arith.addi %unsigned, %two : i8
  %less = arith.cmpi slt, %minus, %one : i8
  %below = arith.cmpi ult, %minus, %one : i8
  %wide = arith.extui %minus : i8 to i32
  return %wrapped, %toward_zero, %down, %sum, %less, %below, %wide : i8, i8, i8, i8, i1, i1, i32
}

// As a signed number, a true i1 is -1.
// CHECK: booleans#0: i32 -1
// CHECK: booleans#1: i32 1
// CHECK: booleans#2: f32 1
func.func @booleans() -> (i32, i32, f32) {
  %true = arith.constant true
  %signed = arith.extsi %true : i1 to i32
  %unsigned = arith.extui %true : i1 to i32
  %float = arith.uitofp %true : i1 to f32
  return %signed, %unsigned, %float : i32, i32, f32
}

// CHECK: tensors#0: 2x2xf32 [ [1.5, 2.5], [3.5, 4.5] ]
// CHECK: tensors#1: 2xi32 [3, -2]
func.func @tensors() -> (tensor<2x2xf32>, tensor<2xi32>) {
  %x = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %half = arith.constant dense<0.5> : tensor<2x2xf32>
  %sum = arith.addf %x, %half : tensor<2x2xf32>
  %f = arith.constant dense<[3.9, -2.9]> : tensor<2xf32>
  %whole = arith.fptosi %f : tensor<2xf32> to tensor<2xi32>
  return %sum, %whole : tensor<2x2xf32>, tensor<2xi32>
}

// CHECK: resource: 2xf32 [1, 2]
func.func @resource() -> tensor<2xf32> {
  %x = arith.constant dense_resource<two> : tensor<2xf32>
  return %x : tensor<2xf32>
}

// CHECK: math#0: f32 7.38905609893
// CHECK: math#1: f32 0.84270079295
// CHECK: math#2: f32 8
// CHECK: math#3: f32 2
// CHECK: math#4: i1 true
func.func @math() -> (f32, f32, f32, f32, i1) {
  %two = arith.constant 2.0 : f32
  %three = arith.constant 3.0 : f32
  %one = arith.constant 1.0 : f32
  %i3 = arith.constant 3 : i32
  %tie = arith.constant 2.5 : f32
  %exp = math.exp %two : f32
  %erf = math.erf %one : f32
  %power = math.fpowi %two, %i3 : f32, i32
  %even = math.roundeven %tie : f32
  %finite = math.isfinite %two : f32
  return %exp, %erf, %power, %even, %finite : f32, f32, f32, f32, i1
}

{-#
  dialect_resources: {
    builtin: {
      two: "0x040000000000803F00000040"
    }
  }
#-}
