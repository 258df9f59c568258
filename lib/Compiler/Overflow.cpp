//===- Overflow.cpp - Weights that are too large to be stored -------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Looks at what was made, which costs a pass over its bytes, and at what it was
// made of only where there is an infinity.
//
//===----------------------------------------------------------------------===//

#include "Overflow.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <cstring>

using namespace treadle;

/// Where rounding to the nearest f16 begins to give infinity.
static constexpr double kOverflow = 65520;

namespace {
/// What a tensor has that may be infinite as f16.
struct Extremes {
  double largest = 0; ///< Of the finite values, by magnitude,
  size_t where = 0;   ///< and its place.
  bool hasInfinity = false;
};
} // namespace

/// Looks at elements that are stored as `Stored`, which `decode` makes numbers
/// of.
template <typename Stored, typename Decode>
static Extremes findExtremes(ByteSpan bytes, Decode decode) {
  Extremes extremes;
  for (size_t i = 0; i < bytes.size / sizeof(Stored); ++i) {
    // A checkpoint's tensors lie anywhere.
    Stored stored;
    std::memcpy(&stored, bytes.data + i * sizeof(Stored), sizeof(Stored));
    double value = decode(stored);
    if (std::isinf(value)) {
      extremes.hasInfinity = true;
    } else if (std::abs(value) > std::abs(extremes.largest)) {
      extremes.largest = value;
      extremes.where = i;
    }
  }
  return extremes;
}

/// Whether an element of f16 is infinite.
static bool hasInfinity(ByteSpan halves) {
  bool found = false;
  for (size_t i = 0; i < halves.size / 2; ++i) {
    uint16_t bits;
    std::memcpy(&bits, halves.data + i * 2, 2);
    found |= (bits & 0x7FFF) == 0x7C00;
  }
  return found;
}

static Extremes findExtremes(ElementType type, ByteSpan bytes) {
  auto keep = [](double value) { return value; };
  switch (type) {
  case ElementType::F64:
    return findExtremes<double>(bytes, keep);
  case ElementType::F32:
    return findExtremes<float>(bytes, keep);
  case ElementType::BF16:
    return findExtremes<uint16_t>(bytes, [](uint16_t bits) {
      return llvm::bit_cast<float>(uint32_t(bits) << 16);
    });
  case ElementType::F16:
    return {0, 0, hasInfinity(bytes)};
  default:
    return {};
  }
}

static std::string formatNumber(double number) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%g", number);
  return text;
}

/// [row, column] of an element.
static std::string formatPlace(size_t where,
                               const std::vector<int64_t> &shape) {
  std::vector<int64_t> place(shape.size());
  for (size_t dim = shape.size(); dim-- > 0; where /= shape[dim])
    place[dim] = where % shape[dim];
  return formatShape(place);
}

static Error makeTooLarge(const std::string &what) {
  return Error(ErrorId::WeightTooLarge,
               what + ", and the largest number of f16 is 65504")
      .help("--precision=bf16 has the range of f32");
}

namespace {
class OverflowCheck {
public:
  OverflowCheck(const ParameterPlan &plan, const ParameterSource &source,
                Findings &findings)
      : source(source), findings(findings) {
    for (const ParameterUse &use : plan.published)
      published[use.name] = getMemberNames(use);
  }

  /// Says of a member that has an infinity where that is from.
  void explain(const NamedTensor &made, const ParameterPlan::Function &function,
               size_t member) {
    bool isPublished = false;
    for (const std::string &name : function.reads) {
      const std::vector<std::string> &names = published[name];
      // All members of a family read what is of no family.
      const std::string &read = names[names.size() == 1 ? 0 : member];
      ParameterData data = *source.find(read);
      Extremes extremes = findExtremes(data.type, data.bytes);
      if (std::abs(extremes.largest) >= kOverflow) {
        isPublished = true;
        if (told.insert(read).second)
          findings.add(makeTooLarge(data.file.str() + ": tensor " +
                                    quoteForMessage(read) + " has " +
                                    formatNumber(extremes.largest) + " at " +
                                    formatPlace(extremes.where, data.shape)));
      }
      isPublished |= extremes.hasInfinity;
    }
    if (!isPublished)
      findings.add(makeTooLarge("parameter " + quoteForMessage(made.name) +
                                " has an element of 65520 or more"));
  }

private:
  const ParameterSource &source;
  Findings &findings;
  llvm::StringMap<std::vector<std::string>> published;
  llvm::StringSet<> told; ///< Two weights may be made of one tensor.
};
} // namespace

void treadle::checkOverflow(const ParameterPlan &plan,
                            const ParameterSource &source,
                            const PreparedParameters &parameters,
                            Findings &findings) {
  OverflowCheck check(plan, source, findings);
  auto made = parameters.tensors.begin();
  for (const ParameterUse &use : plan.used) {
    auto function = plan.functions.find(use.name);
    size_t members = getMemberNames(use).size();
    for (size_t member = 0; member < members; ++member, ++made)
      if (function != plan.functions.end() && made->type == ElementType::F16 &&
          hasInfinity(made->bytes))
        check.explain(*made, function->second, member);
  }
}
