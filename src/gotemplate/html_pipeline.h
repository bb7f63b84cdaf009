#pragma once

// The parts of escaping that concern single nodes.

#include "gotemplate/html_context.h"
#include "gotemplate/node.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::gotemplate {

// The functions that an action in context `c` needs, in order. An error if none can be told.
// `after` is the context behind the action.
std::vector<std::string_view> EscapersFor(const ActionNode& node, HtmlContext c,
                                          HtmlContext* after);

// Puts the functions at the end of the pipeline, unless it ends with an equivalent one already.
void AddEscapers(std::vector<std::string_view> escapers, PipeNode* pipe);

// Reads a text; `edited` is what is to be written instead, if that differs: comments are dropped,
// a `<` that begins no tag is escaped.
HtmlContext EscapeText(HtmlContext c, std::string_view text, std::optional<std::string>* edited);

// The context after a branch whose ways end in `a` and `b`.
HtmlContext Join(const HtmlContext& a, const HtmlContext& b, const Node& node,
                 std::string_view node_name);

}  // namespace tocsin::gotemplate
