// RUN: treadle-opt %s --treadle-verify-stage=stage=llvm --verify-diagnostics

llvm.func @f(%x: i64) -> i64 {
  // expected-error@+1 {{in stage 'llvm', 'arith.addi' is not of LLVM}}
  %y = arith.addi %x, %x : i64
  llvm.return %y : i64
}
