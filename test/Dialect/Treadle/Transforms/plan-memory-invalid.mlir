// RUN: treadle-opt %s --treadle-plan-memory --split-input-file --verify-diagnostics

func.func @late_size(%x: memref<?xindex>, %y: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %n = memref.load %x[%c0] : memref<?xindex>
  // expected-error@+1 {{its size is not known when the function begins}}
  %a = memref.alloc(%n) : memref<?xf32>
  %f = memref.load %y[%c0] : memref<?xf32>
  memref.store %f, %a[%c0] : memref<?xf32>
  return
}

// -----

func.func @thread_size(%n: index, %x: memref<16xf32>) {
  scf.forall (%i) in (16) {
    // expected-error@+1 {{a thread's buffer is not of known size}}
    %a = memref.alloc(%n) : memref<?xf32>
    %f = memref.load %x[%i] : memref<16xf32>
    memref.store %f, %a[%i] : memref<?xf32>
  }
  return
}
