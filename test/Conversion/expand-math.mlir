// RUN: treadle-opt %s --treadle-expand-math --split-input-file | FileCheck %s

// The limits select in the order that passes NaN on; the last bits of a sum become the
// exponent.
// CHECK-LABEL: func @exp2(
// CHECK-SAME:    %[[X:.*]]: vector<2x16xf32>
func.func @exp2(%x: vector<2x16xf32>) -> vector<2x16xf32> {
  // CHECK-DAG:   %[[LOW:.*]] = arith.constant dense<-1.260000e+02> : vector<2x16xf32>
  // CHECK-DAG:   %[[HIGH:.*]] = arith.constant dense<1.280000e+02> : vector<2x16xf32>
  // CHECK-DAG:   %[[ROUND:.*]] = arith.constant dense<0x4B40007E> : vector<2x16xf32>
  // CHECK-DAG:   %[[PLACE:.*]] = arith.constant dense<23> : vector<2x16xi32>
  // CHECK:       %[[BELOW:.*]] = arith.cmpf ogt, %[[LOW]], %[[X]]
  // CHECK:       %[[X1:.*]] = arith.select %[[BELOW]], %[[LOW]], %[[X]]
  // CHECK:       %[[ABOVE:.*]] = arith.cmpf olt, %[[HIGH]], %[[X1]]
  // CHECK:       %[[X2:.*]] = arith.select %[[ABOVE]], %[[HIGH]], %[[X1]]
  // CHECK:       %[[ROUNDED:.*]] = arith.addf %[[X2]], %[[ROUND]]
  // CHECK:       %[[N:.*]] = arith.subf %[[ROUNDED]], %[[ROUND]]
  // CHECK:       arith.subf %[[X2]], %[[N]]
  // CHECK-COUNT-6: math.fma
  // CHECK-NOT:   math.fma
  // CHECK:       %[[BITS:.*]] = arith.bitcast %[[ROUNDED]] :
  // CHECK:       %[[MOVED:.*]] = arith.shli %[[BITS]], %[[PLACE]]
  // CHECK:       %[[SCALE:.*]] = arith.bitcast %[[MOVED]]
  // CHECK:       %[[RESULT:.*]] = arith.mulf %{{.*}}, %[[SCALE]]
  // CHECK:       return %[[RESULT]]
  %0 = math.exp2 %x : vector<2x16xf32>
  return %0 : vector<2x16xf32>
}

// One that may be approximate has fewer terms.
// CHECK-LABEL: func @approximate_exp2(
// CHECK-COUNT-4: math.fma
// CHECK-NOT:     math.fma
// CHECK:         arith.shli
func.func @approximate_exp2(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.exp2 %x fastmath<afn> : vector<16xf32>
  return %0 : vector<16xf32>
}

// -----

// CHECK-LABEL: func @exp(
func.func @exp(%x: f32) -> f32 {
  // 1 for n, 2 for the rest of the product, 6 for the polynomial.
  // CHECK-COUNT-9: math.fma {{.*}} : f32
  // CHECK-NOT:     math.
  %0 = math.exp %x : f32
  return %0 : f32
}

// -----

// CHECK-LABEL: func @approximate_erf(
// CHECK-COUNT-8: math.fma
// CHECK-NOT:     math.fma
func.func @approximate_erf(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.erf %x fastmath<afn> : vector<16xf32>
  return %0 : vector<16xf32>
}

// -----

// CHECK-LABEL: func @erf(
func.func @erf(%x: vector<[4]xf32>) -> vector<[4]xf32> {
  // CHECK-NOT:      arith.divf
  // CHECK-COUNT-16: math.fma {{.*}} : vector<[4]xf32>
  // CHECK-NOT:      math.
  // CHECK-NOT:      arith.divf
  %0 = math.erf %x : vector<[4]xf32>
  return %0 : vector<[4]xf32>
}

// -----

// The last bit of the number of half turns becomes the sign.
// CHECK-LABEL: func @cosine(
// CHECK-SAME:    %[[X:.*]]: vector<16xf32>
func.func @cosine(%x: vector<16xf32>) -> vector<16xf32> {
  // CHECK-DAG:   %[[ROUND:.*]] = arith.constant dense<0x4B400001> : vector<16xf32>
  // CHECK-DAG:   %[[PLACE:.*]] = arith.constant dense<31> : vector<16xi32>
  // CHECK:       %[[NEAR:.*]] = math.fma %[[X]]
  // CHECK:       %[[ROUNDED:.*]] = arith.addf %[[NEAR]], %[[ROUND]]
  // 3 take half turns off, 4 and 1 make the polynomial.
  // CHECK-COUNT-8: math.fma
  // CHECK-NOT:   math.
  // CHECK:       %[[NUMBER:.*]] = arith.bitcast %[[ROUNDED]] :
  // CHECK:       arith.shli %[[NUMBER]], %[[PLACE]]
  // CHECK:       arith.xori
  %0 = math.cos %x : vector<16xf32>
  return %0 : vector<16xf32>
}

// -----

// The bits of bf16 are moved: a conversion would be a call on a CPU that has none.
// CHECK-LABEL: func @narrow(
func.func @narrow(%x: vector<16xbf16>, %y: f16) -> (vector<16xbf16>, f16) {
  // CHECK-NOT: arith.extf %{{.*}} : vector<16xbf16>
  // CHECK:     arith.bitcast %{{.*}} : vector<16xbf16> to vector<16xi16>
  // CHECK:     arith.shli
  // CHECK-NOT: math.exp2
  // CHECK-NOT: arith.truncf %{{.*}} : vector<16xf32> to vector<16xbf16>
  // CHECK:     arith.bitcast %{{.*}} : vector<16xi16> to vector<16xbf16>
  // CHECK-NOT: math.tanh
  %0 = math.exp2 %x : vector<16xbf16>
  %1 = math.tanh %y : f16
  return %0, %1 : vector<16xbf16>, f16
}

// -----

// What is not f32 or narrower stays, and upstream has the rest.
// CHECK-LABEL: func @others(
func.func @others(%x: f64, %y: vector<16xf32>) -> (f64, vector<16xf32>) {
  // CHECK:     math.exp2 %{{.*}} : f64
  // CHECK-NOT: math.tanh
  // CHECK-NOT: math.log
  %0 = math.exp2 %x : f64
  %1 = math.tanh %y : vector<16xf32>
  %2 = math.log %1 : vector<16xf32>
  return %0, %2 : f64, vector<16xf32>
}

// -----

// A CPU that can convert does it itself; what prepares parameters may run on another.
module attributes {treadle.target = #treadle.target<cpu = "znver4", features = "+avx512f,+avx512bf16", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576>} {
// CHECK-LABEL: func @convert(
// CHECK-NEXT:    arith.truncf %{{.*}} : vector<16xf32> to vector<16xbf16>
func.func @convert(%x: vector<16xf32>) -> vector<16xbf16> {
  %0 = arith.truncf %x : vector<16xf32> to vector<16xbf16>
  return %0 : vector<16xbf16>
}
// CHECK-LABEL: func @prepare(
// CHECK-NOT:     arith.truncf %{{.*}} : vector<16xf32>
// NaN stays NaN.
// CHECK:         %[[NAN:.*]] = arith.cmpf une, %[[X:.*]], %[[X]]
// CHECK:         arith.select %[[NAN]]
func.func @prepare(%x: vector<16xf32>) -> vector<16xbf16> attributes {treadle.prepared = #treadle.prepared<"w.prepared", members = 0>} {
  %0 = arith.truncf %x : vector<16xf32> to vector<16xbf16>
  return %0 : vector<16xbf16>
}
}
