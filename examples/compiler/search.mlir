// Two searches in a row: the first one's result is what the second one asks.

func.func @search(
    %questions: tensor<?x?x16xf32> {treadle.named = #treadle.named<"questions", dims = ["archives", "questions", ""]>},
    %sections: tensor<?x?x16xf32> {treadle.named = #treadle.named<"sections", dims = ["archives", "sections", ""]>},
    %notes: tensor<?x?x16xf32> {treadle.named = #treadle.named<"notes", dims = ["archives", "sections", ""]>},
    %counts: tensor<?xi64> {treadle.named = #treadle.named<"counts", dims = ["archives"], maximum = "sections">})
    -> (tensor<?x?x16xf32> {treadle.named = #treadle.named<"answers", dims = ["archives", "questions", ""]>}) {
  %first = archive.search %questions in %sections notes(%notes) counts(%counts) sharpness(0.5)
      : (tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?xi64>) -> tensor<?x?x16xf32>
  // The dialects mix: a step of Treadle's between the two.
  %unit = treadle.unit_norm %first epsilon(1.0e-12) : tensor<?x?x16xf32>
  %second = archive.search %unit in %sections notes(%notes) counts(%counts) sharpness(2.0)
      : (tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?xi64>) -> tensor<?x?x16xf32>
  return %second : tensor<?x?x16xf32>
}
