//===- Options.cpp - The command line of a verb ---------------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Option/Option.h"
#include "llvm/Support/raw_ostream.h"

using namespace treadle;
using namespace llvm::opt;

#define OPTTABLE_STR_TABLE_CODE
#include "Options.inc"
#undef OPTTABLE_STR_TABLE_CODE

#define OPTTABLE_PREFIXES_TABLE_CODE
#include "Options.inc"
#undef OPTTABLE_PREFIXES_TABLE_CODE

static constexpr OptTable::Info kOptions[] = {
#define OPTION(...) LLVM_CONSTRUCT_OPT_INFO(__VA_ARGS__),
#include "Options.inc"
#undef OPTION
};

namespace {
class TreadleOptions : public GenericOptTable {
public:
  TreadleOptions()
      : GenericOptTable(OptionStrTable, OptionPrefixesTable, kOptions) {
    setDashDashParsing(true);
  }
};
} // namespace

const OptTable &treadle::getOptionTable() {
  static const TreadleOptions table;
  return table;
}

std::string treadle::getSpelling(OptionId id) {
  return getOptionTable().getOptionPrefixedName(id).rtrim('=').str();
}

Result<Arguments> Arguments::parse(llvm::StringRef verb,
                                   VerbVisibility visibility,
                                   llvm::ArrayRef<const char *> arguments) {
  unsigned missingIndex = 0, missingCount = 0;
  Visibility mask(visibility);
  InputArgList list =
      getOptionTable().ParseArgs(arguments, missingIndex, missingCount, mask);
  if (missingCount != 0)
    return Error(ErrorId::MissingArgument,
                 "option " + quoteForMessage(list.getArgString(missingIndex)) +
                     " needs a value");
  if (const Arg *unknown = list.getLastArg(OPT_UNKNOWN)) {
    // The first one is what the user sees first.
    for (const Arg *candidate : list.filtered(OPT_UNKNOWN)) {
      unknown = candidate;
      break;
    }
    std::string text = unknown->getAsString(list);
    Error error(ErrorId::UnknownOption,
                "'" + verb.str() + "' has no option " + quoteForMessage(text));
    std::string nearest;
    // A third of the letters may be wrong; more is another word.
    if (getOptionTable().findNearest(text, nearest, mask) <= text.size() / 3)
      return std::move(error).help("did you mean '" + nearest + "'?");
    return std::move(error).help("'treadle " + verb.str() +
                                 " --help' lists its options");
  }
  return Arguments(verb.str(), std::move(list));
}

std::string Arguments::get(OptionId id, llvm::StringRef fallback) const {
  return list.getLastArgValue(id, fallback).str();
}

std::vector<std::string> Arguments::getAll(OptionId id) const {
  return list.getAllArgValues(id);
}

Result<int64_t> Arguments::getInteger(OptionId id, int64_t fallback,
                                      int64_t minimum, int64_t maximum) const {
  if (!has(id))
    return fallback;
  std::string text = get(id);
  int64_t value = 0;
  if (llvm::StringRef(text).getAsInteger(10, value) || value < minimum ||
      value > maximum)
    return Error(ErrorId::InvalidOptionValue,
                 getSpelling(id) + " takes an integer from " +
                     std::to_string(minimum) + " to " +
                     std::to_string(maximum) + ", not " +
                     quoteForMessage(text));
  return value;
}

Result<std::vector<std::string>>
Arguments::getPositional(llvm::StringRef what, size_t minimum,
                         size_t maximum) const {
  std::vector<std::string> values = list.getAllArgValues(OPT_INPUT);
  if (values.size() < minimum)
    return Error(ErrorId::MissingArgument, "'" + verb + "' needs " + what.str())
        .help("'treadle " + verb + " --help' begins with examples");
  if (values.size() > maximum)
    return Error(
        ErrorId::TooManyArguments,
        "'" + verb + "' takes " + (maximum == 0 ? "no argument" : what.str()) +
            ", and there is " + quoteForMessage(values[maximum]) + " besides");
  return values;
}

std::string treadle::formatOptions(VerbVisibility visibility) {
  constexpr size_t kColumn = 26;
  const OptTable &table = getOptionTable();

  // Short forms stand in front of the long form that they are an alias of.
  auto getShortForm = [&](unsigned id) -> std::string {
    for (unsigned other = 1; other <= table.getNumOptions(); ++other) {
      Option option = table.getOption(other);
      if (option.getAlias().isValid() && option.getAlias().getID() == id &&
          option.getPrefixedName().size() == 2)
        return option.getPrefixedName().str() + ", ";
    }
    return "";
  };

  std::string text;
  llvm::raw_string_ostream os(text);
  for (unsigned id = 1; id <= table.getNumOptions(); ++id) {
    Option option = table.getOption(id);
    const char *help = table.getOptionHelpText(id);
    if (!help || !option.hasVisibilityFlag(visibility))
      continue;
    std::string name = "  " + getShortForm(id) + option.getPrefixedName().str();
    if (const char *metavar = table.getOptionMetaVar(id))
      name += (option.getKind() == Option::JoinedOrSeparateClass ? " " : "") +
              std::string(metavar);
    os << name;
    if (name.size() + 2 > kColumn)
      os << "\n" << std::string(kColumn, ' ');
    else
      os << std::string(kColumn - name.size(), ' ');
    // Filled to 80 columns.
    size_t column = kColumn;
    for (llvm::StringRef word : llvm::split(help, ' ')) {
      if (column != kColumn && column + 1 + word.size() > 80) {
        os << "\n" << std::string(kColumn, ' ');
        column = kColumn;
      }
      os << (column == kColumn ? "" : " ") << word;
      column += word.size() + (column != kColumn);
    }
    os << "\n";
  }
  return text;
}

std::string treadle::findNearest(llvm::StringRef word,
                                 llvm::ArrayRef<std::string> candidates) {
  std::string nearest;
  unsigned best = std::max<unsigned>(2, word.size() / 3) + 1;
  for (const std::string &candidate : candidates) {
    unsigned distance = word.edit_distance(candidate, true, best);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}
