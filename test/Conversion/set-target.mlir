// RUN: treadle-opt %s --treadle-set-target=cpu=x86-64-v3 | FileCheck %s --check-prefix=V3
// RUN: treadle-opt %s --treadle-set-target=cpu=x86-64-v4 | FileCheck %s --check-prefix=V4
// RUN: treadle-opt %s --treadle-set-target=cpu=znver4 --treadle-set-target=cpu=x86-64-v3 | FileCheck %s --check-prefix=STAYS
// RUN: not treadle-opt %s --treadle-set-target=cpu=znver44 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// V3: treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx,+avx2,{{.*}}", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>
// V4: treadle.target = #treadle.target<cpu = "x86-64-v4", features = "{{.*}}+avx512f,{{.*}}", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576>
// STAYS: #treadle.target<cpu = "znver4"
// The instruction for products of bf16 is used where it is faster than FMA: not beside AMX, whose tiles are.
// RUN: treadle-opt %s --treadle-set-target=cpu=znver4 | FileCheck %s --check-prefix=DOT
// RUN: treadle-opt %s --treadle-set-target=cpu=cooperlake | FileCheck %s --check-prefix=DOT
// RUN: treadle-opt %s --treadle-set-target=cpu=sapphirerapids | FileCheck %s --check-prefix=AMX
// DOT: features = "{{.*}}+avx512bf16{{.*}}l2 = 1048576, dot = vdpbf16ps>
// AMX: features = "{{.*}}+avx512bf16{{.*}}+amx-tile,+amx-bf16{{.*}}l1 = 49152, l2 = 2097152, tile = amx_bf16>

// UNKNOWN: error: unknown CPU 'znver44'; did you mean 'znver4'?
module {}
