// RUN: treadle-lsp-server --lit-test < %s 2> %t.log | FileCheck %s

// What an editor shows of an operation is what docs/Spec.md says of it.

{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"processId":123,"rootPath":"mlir","capabilities":{},"trace":"off"}}
// -----
{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{
  "uri":"test:///foo.mlir",
  "languageId":"mlir",
  "version":1,
  "text":"func.func @f(%x: tensor<2x4xf32>, %w: tensor<3x4xf32>) -> tensor<2x3xf32> {\n  %y = treadle.linear %x, %w : (tensor<2x4xf32>, tensor<3x4xf32>) -> tensor<2x3xf32>\n  return %y : tensor<2x3xf32>\n}"
}}}
// -----
// On the operation's name.
{"jsonrpc":"2.0","id":1,"method":"textDocument/hover","params":{
  "textDocument":{"uri":"test:///foo.mlir"},
  "position":{"line":1,"character":12}
}}
// -----
// On its result.
{"jsonrpc":"2.0","id":2,"method":"textDocument/hover","params":{
  "textDocument":{"uri":"test:///foo.mlir"},
  "position":{"line":2,"character":10}
}}
// -----
// On an operation of another dialect.
{"jsonrpc":"2.0","id":3,"method":"textDocument/hover","params":{
  "textDocument":{"uri":"test:///foo.mlir"},
  "position":{"line":2,"character":4}
}}
// -----
{"jsonrpc":"2.0","id":4,"method":"shutdown"}
// -----
{"jsonrpc":"2.0","method":"exit"}

// CHECK:      "id": 1,
// CHECK:      "value": "\"treadle.linear\"\n\n```text\nresult[…, o] = activation(Σ_i weight[o, i] x[…, i] + bias[o])\n```
// CHECK-SAME: | (I2) | `weight` | 2-D tensor of floats | [outputs, inputs] |\n
// CHECK-NOT:  (C1)
// CHECK-SAME: Generic Form:\n\n```mlir\n%0 = \"treadle.linear\"

// CHECK:      "id": 2,
// CHECK:      "value": "Operation: \"treadle.linear\"\n\n```text
// CHECK-SAME: Result #0

// CHECK:      "id": 3,
// CHECK:      "value": "\"func.return\"\n\nGeneric Form:
