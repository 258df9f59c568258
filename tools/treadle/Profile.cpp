//===- Profile.cpp - What a call spends its time on -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Profile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace treadle;

void Profile::add(const EntryCall &call, double seconds) {
  Run &run = runs.emplace_back();
  run.seconds = seconds;
  run.counters.resize(treadle_call_num_counters(call.get()));
  for (auto [index, counter] : llvm::enumerate(run.counters))
    treadle_call_get_counter(call.get(), static_cast<int32_t>(index), &counter);
}

void Profile::bound(Piece &piece) {
  double reading = ceilings.getBytes(static_cast<int64_t>(piece.bytes));
  piece.bound = std::max(piece.operations / operationsPerSecond,
                         reading ? piece.bytes / reading : 0);
}

void Profile::finish() {
  llvm::sort(runs,
             [](const Run &l, const Run &r) { return l.seconds < r.seconds; });
  numAveraged = (runs.size() + 1) / 2;
  for (size_t i = 0; i < runs.front().counters.size(); ++i) {
    const treadle_counter &first = runs.front().counters[i];
    if (first.member <= 0)
      pieces.emplace_back().name = first.name;
    Piece &member = members.emplace_back();
    member.name = first.name;
    member.member = first.member;
    for (const Run &run : llvm::ArrayRef(runs).take_front(numAveraged)) {
      const treadle_counter &counter = run.counters[i];
      member.executions += 1. * counter.executions / numAveraged;
      member.operations += 1. * counter.operations / numAveraged;
      member.bytes += 1. * counter.bytes / numAveraged;
      member.seconds += counter.seconds / numAveraged;
      member.busy += counter.busy / numAveraged;
    }
    Piece &piece = pieces.back();
    piece.executions += member.executions;
    piece.operations += member.operations;
    piece.bytes += member.bytes;
    piece.seconds += member.seconds;
    piece.busy += member.busy;
  }
  for (const Run &run : llvm::ArrayRef(runs).take_front(numAveraged))
    seconds += run.seconds / numAveraged;
  operationsPerSecond = ceilings.getOperations();
  for (Piece &piece : pieces)
    bound(piece);
  // Layers do the same work: what they read lies where the others' does.
  for (Piece &member : members)
    for (const Piece &piece : pieces)
      if (piece.name == member.name && piece.seconds != 0 &&
          piece.executions != 0)
        member.bound = piece.bound * member.executions / piece.executions;
  llvm::sort(pieces, [](const Piece &l, const Piece &r) {
    return std::tie(r.seconds, l.name) < std::tie(l.seconds, r.name);
  });
}

/// The end of a name: what tells one layer's parameters apart stands there.
static std::string shorten(llvm::StringRef name, size_t width) {
  (void)name.consume_back(".weight");
  if (name.size() <= width)
    return name.str();
  llvm::StringRef end = name.take_back(width);
  // From the beginning of a part on, whose dot tells that there is more.
  size_t dot = end.find('.');
  if (dot < width / 2)
    return end.drop_front(dot).str();
  return ".." + end.drop_front(2).str();
}

void Profile::print(llvm::raw_ostream &os) const {
  os << "\ntime of the faster " << numAveraged << " of " << runs.size()
     << " runs, by piece of work\n\n"
     << "      ms  share    n  GFLOP/s    GB/s ceiling  idle  work\n";
  auto print = [&](const Piece &piece, bool isWork) {
    double time = piece.seconds;
    os << llvm::format("%8.3f %5.1f%%", 1e3 * time, 100 * time / seconds);
    if (isWork && time > 0) {
      os << llvm::format(" %4.0f %8.1f %7.1f", piece.executions,
                         1e-9 * piece.operations / time,
                         1e-9 * piece.bytes / time)
         << llvm::format("  %5.1f%% %4.0f%%", 100 * piece.bound / time,
                         100 * std::max(0., 1 - piece.busy / time));
    } else {
      os << llvm::left_justify("", 36);
    }
    os << "  " << shorten(piece.name, 27) << "\n";
  };
  Piece outside, whole;
  for (const Piece &piece : pieces) {
    print(piece, /*isWork=*/true);
    whole.seconds += piece.seconds;
    whole.executions += piece.executions;
    whole.operations += piece.operations;
    whole.bytes += piece.bytes;
    whole.busy += piece.busy;
    whole.bound += piece.bound;
  }
  outside.name = "checks, team, rest";
  outside.seconds = seconds - whole.seconds;
  print(outside, /*isWork=*/false);
  whole.name = "in total";
  whole.busy += outside.seconds;
  whole.seconds = seconds;
  print(whole, /*isWork=*/true);
  os << llvm::format("\nceilings  %.1f GFLOP/s; reading, in GB/s:",
                     1e-9 * operationsPerSecond);
  llvm::StringRef separator = " ";
  for (auto [size, speed] : ceilings.getReadings()) {
    os << separator
       << llvm::format(size < 1 << 20 ? "%.2g MiB %.0f" : "%.0f MiB %.0f",
                       1. * size / (1 << 20), 1e-9 * speed);
    separator = ", ";
  }
  os << "\n";
}

void Profile::printPiece(llvm::json::OStream &json, const Piece &piece) {
  json.object([&] {
    json.attribute("name", piece.name);
    if (piece.member >= 0)
      json.attribute("layer", piece.member);
    json.attribute("executions", piece.executions);
    json.attribute("ms", 1e3 * piece.seconds);
    json.attribute("busy_ms", 1e3 * piece.busy);
    json.attribute("operations", piece.operations);
    json.attribute("bytes", piece.bytes);
    json.attribute("bound_ms", 1e3 * piece.bound);
  });
}

void Profile::print(llvm::json::OStream &json) const {
  json.attributeObject("profile", [&] {
    json.attribute("runs", int64_t(numAveraged));
    json.attribute("ms", 1e3 * seconds);
    json.attributeObject("ceilings", [&] {
      json.attribute("operations_per_second", operationsPerSecond);
      json.attributeArray("reading", [&] {
        for (const std::pair<const int64_t, double> &reading :
             ceilings.getReadings())
          json.object([&] {
            json.attribute("footprint", reading.first);
            json.attribute("bytes_per_second", reading.second);
          });
      });
    });
    auto print = [&](const char *key, llvm::ArrayRef<Piece> list) {
      json.attributeArray(key, [&] {
        for (const Piece &piece : list)
          printPiece(json, piece);
      });
    };
    print("work", pieces);
    print("layers", members);
  });
}
