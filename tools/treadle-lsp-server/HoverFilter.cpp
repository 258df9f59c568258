//===- HoverFilter.cpp - Equations in what a server replies ---------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HoverFilter.h"
#include "Specification.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace llvm;

/// The text that a reply to textDocument/hover has for an operation; null for
/// any other message. A hover is known by its form, because a reply names its
/// request by a number that only the client has seen.
static json::Value *findHoverText(json::Value &message) {
  json::Object *reply = message.getAsObject();
  json::Object *result = reply ? reply->getObject("result") : nullptr;
  json::Object *contents = result ? result->getObject("contents") : nullptr;
  json::Value *text = contents ? contents->get("value") : nullptr;
  return text && text->getAsString() ? text : nullptr;
}

/// Puts the section of an operation behind its name. The text begins with the
/// name in quotes, `"treadle.linear"`, or, at the name of a result, with
/// `Operation: "treadle.linear"`.
static std::string addSpecification(StringRef text) {
  auto [head, rest] = text.split("\n\n");
  StringRef name = head;
  name.consume_front("Operation: ");
  if (!name.consume_front("\""))
    return text.str();
  StringRef section =
      getSpecification(name.take_until([](char c) { return c == '"'; }));
  if (section.empty())
    return text.str();
  return (head + "\n\n" + section + "\n\n" + rest).str();
}

void HoverFilter::writeMessage(StringRef body) {
  std::string changed;
  if (body.contains("\"contents\"")) {
    Expected<json::Value> message = json::parse(body);
    if (!message)
      consumeError(message.takeError());
    else if (json::Value *text = findHoverText(*message)) {
      *text = addSpecification(*text->getAsString());
      // The server writes on one line unless it was told to be readable.
      changed = body.contains('\n') ? formatv("{0:2}", *message).str()
                                    : formatv("{0}", *message).str();
      body = changed;
    }
  }
  out << "Content-Length: " << body.size() << "\r\n\r\n" << body;
  out.flush();
}

bool HoverFilter::takeMessage() {
  constexpr StringLiteral field = "Content-Length: ", end = "\r\n\r\n";
  StringRef stream = kept;
  if (stream.size() < field.size() && field.starts_with(stream))
    return false;
  StringRef header = stream.split(end).first;
  size_t length = 0, begin = header.size() + end.size();
  if (!stream.starts_with(field) ||
      (header.size() != stream.size() &&
       header.drop_front(field.size()).getAsInteger(10, length))) {
    // No message: what the server says to `--help`.
    out << kept;
    kept.clear();
    return false;
  }
  if (header.size() == stream.size() || stream.size() - begin < length)
    return false;
  writeMessage(stream.substr(begin, length));
  kept.erase(0, begin + length);
  return true;
}

void HoverFilter::add(StringRef bytes) {
  kept += bytes;
  while (takeMessage())
    ;
}

void HoverFilter::finish() {
  out << kept;
  out.flush();
  kept.clear();
}
