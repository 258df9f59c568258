func.func @wrong(%q: tensor<?x?x16xf32>, %s: tensor<?x5x16xf32>, %n: tensor<?x4x8xf32>, %c: tensor<?xi64>)
    -> tensor<?x?x8xf32> {
  %r = archive.search %q in %s notes(%n) counts(%c) sharpness(1.0)
      : (tensor<?x?x16xf32>, tensor<?x5x16xf32>, tensor<?x4x8xf32>, tensor<?xi64>) -> tensor<?x?x8xf32>
  return %r : tensor<?x?x8xf32>
}
