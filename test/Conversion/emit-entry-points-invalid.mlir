// RUN: treadle-opt %s --treadle-emit-entry-points --split-input-file --verify-diagnostics

// expected-error@+1 {{expects a function of one block without results}}
func.func @result(%x: memref<8xf32>) -> memref<8xf32> {
  return %x : memref<8xf32>
}

// -----

// expected-error@+1 {{expects contiguous buffers of rank at most 8, found 'memref<8xf32, strided<[2]>>'}}
func.func @gaps(%x: memref<8xf32, strided<[2]>>) {
  return
}

// -----

// expected-error@+1 {{expects contiguous buffers of rank at most 8, found 'f32'}}
func.func @scalar(%x: f32) {
  return
}

// -----

func.func @two_arenas() {
  %a = memref.alloc() : memref<8xi8>
  // expected-error@+1 {{expects one arena; treadle-plan-memory makes it}}
  %b = memref.alloc() : memref<8xi8>
  return
}
