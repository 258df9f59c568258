// RUN: treadle-opt %s --treadle-lower-reshapes --verify-diagnostics

func.func @gaps(%x: memref<?x8xf32, strided<[16, 1]>>, %b: index, %s: index) -> memref<?x?x8xf32, strided<[?, 16, 1]>> {
  // expected-error@+1 {{expands a buffer with gaps into several unknown extents}}
  %y = memref.expand_shape %x [[0, 1], [2]] output_shape [%b, %s, 8]
      : memref<?x8xf32, strided<[16, 1]>> into memref<?x?x8xf32, strided<[?, 16, 1]>>
  return %y : memref<?x?x8xf32, strided<[?, 16, 1]>>
}
