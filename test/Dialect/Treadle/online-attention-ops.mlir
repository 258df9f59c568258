// RUN: treadle-opt %s | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --mlir-print-op-generic | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --emit-bytecode | treadle-opt | FileCheck %s

#q = affine_map<(h, m, n, d, e) -> (h, m, d)>
#k = affine_map<(h, m, n, d, e) -> (h, n, d)>
#v = affine_map<(h, m, n, d, e) -> (h, n, e)>
#o = affine_map<(h, m, n, d, e) -> (h, m, e)>
#b = affine_map<(h, m, n, d, e) -> (m, n)>
#r = affine_map<(h, m, n, d, e) -> (h, m)>

// CHECK-LABEL: func.func @tile
// CHECK: treadle.online_attention scaled_dot queries(%{{[^ ,)]+}}) keys(%{{[^ ,)]+}}) values(%{{[^ ,)]+}})
// CHECK-SAME: mask(#treadle.mask<causal, align = top_left>) bias(%{{[^ ,)]+}}) scale(5.000000e-01)
// CHECK-SAME: origin(%{{[^ ,)]+}}, %{{[^ ,)]+}}, %{{[^ ,)]+}})
// CHECK-SAME: outs(%{{[^ ,)]+}}, %{{[^ ,)]+}}, %{{[^ ,)]+}})
// CHECK-SAME: score {
// CHECK-NEXT: ^bb0(%{{[^ ]+}}: f32, %{{[^ ]+}}: index, %{{[^ ]+}}: index, %{{[^ ]+}}: index):
// CHECK: treadle.soft_cap
func.func @tile(%q: tensor<3x4x8xf32>, %k: tensor<3x6x8xf32>, %v: tensor<3x6x2xf32>, %b: tensor<4x6xf32>,
                %at: index, %o: tensor<3x4x2xf32>, %m: tensor<3x4xf32>, %l: tensor<3x4xf32>) -> tensor<3x4x2xf32> {
  %r:3 = treadle.online_attention scaled_dot queries(%q) keys(%k) values(%v) bias(%b)
      mask(#treadle.mask<causal, align = top_left>) scale(0.5) origin(%at, %at, %at) outs(%o, %m, %l)
      indexing_maps = [#q, #k, #v, #o, #b, #r, #r]
      score {
      ^bb0(%s: f32, %head: index, %query: index, %key: index):
        %c = treadle.soft_cap %s cap(30.0) : f32
        treadle.yield %c : f32
      }
      : (tensor<3x4x8xf32>, tensor<3x6x8xf32>, tensor<3x6x2xf32>, tensor<4x6xf32>, index, index, index, tensor<3x4x2xf32>, tensor<3x4xf32>,
         tensor<3x4xf32>) -> (tensor<3x4x2xf32>, tensor<3x4xf32>, tensor<3x4xf32>)
  return %r#0 : tensor<3x4x2xf32>
}
