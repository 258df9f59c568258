// RUN: treadle-opt %s | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --emit-bytecode | treadle-opt | FileCheck %s

// What is as it would be anyway is not printed; the rest has one order.
// CHECK-LABEL: @rotary
// CHECK-SAME: test.dynamic = #treadle.rotary<width = 64, scaling = dynamic, factor = 2.000000e+00, original = 2048>
// CHECK-SAME: test.linear = #treadle.rotary<width = 64, base = 5.000000e+05, layout = interleaved, scaling = linear, factor = 2.500000e+00>
// CHECK-SAME: test.llama3 = #treadle.rotary<width = 64, scaling = llama3, factor = 8.000000e+00, original = 8192, low = 1.000000e+00, high = 4.000000e+00>
// CHECK-SAME: test.longrope = #treadle.rotary<width = 4, scaling = longrope, original = 4096, magnitude = 1.190000e+00, short = [1.000000e+00, 1.100000e+00], long = [1.250000e+00, 6.400000e+01]>
// CHECK-SAME: test.none = #treadle.rotary<width = 0>
// CHECK-SAME: test.yarn = #treadle.rotary<width = 64, scaling = yarn, factor = 4.000000e+01, original = 4096, low = 1.000000e+00, high = 3.200000e+01, truncate = false>
func.func private @rotary() attributes {
  test.none = #treadle.rotary<width = 0, truncate = true>,
  test.linear = #treadle.rotary<factor = 2.5, scaling = linear, layout = interleaved, base = 5.0e5, width = 64>,
  test.dynamic = #treadle.rotary<width = 64, layout = half, scaling = dynamic, factor = 2.0, original = 2048>,
  test.yarn = #treadle.rotary<width = 64, scaling = yarn, factor = 40.0, original = 4096, truncate = false, high = 32.0, low = 1.0>,
  test.llama3 = #treadle.rotary<width = 64, scaling = llama3, factor = 8.0, original = 8192, low = 1.0, high = 4.0>,
  test.longrope = #treadle.rotary<width = 4, scaling = longrope, original = 4096, magnitude = 1.19, long = [1.25, 64.0], short = [1.0, 1.1]>
}

// CHECK-LABEL: @others
// CHECK-SAME: test.alibi = #treadle.alibi
// CHECK-SAME: test.both = #treadle.relative<buckets = 32, max_distance = 128, bidirectional>
// CHECK-SAME: test.one = #treadle.relative<buckets = 20, max_distance = 64>
func.func private @others() attributes {
  test.alibi = #treadle.alibi,
  test.both = #treadle.relative<bidirectional, buckets = 32, max_distance = 128>,
  test.one = #treadle.relative<max_distance = 64, buckets = 20>
}
