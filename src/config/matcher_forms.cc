#include "base/text.h"
#include "config/load_parts.h"
#include "config/marshal_parts.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tocsin::config {
namespace {

void Add(const Source& source, const YamlNode& node, Result<model::Matcher> matcher,
         model::Matchers* out) {
  if (matcher) {
    out->push_back(*std::move(matcher));
  } else {
    source.Error(node, matcher.error().message);
  }
}

// The two old forms, whose names are classic label names in every mode.
void ReadMap(const Source& source, ObjectReader* reader, std::string_view key, bool regex,
             std::map<std::string, std::string>* written, model::Matchers* out) {
  if (!reader->Read(key, written)) return;
  for (const YamlNode::Entry& entry : reader->Get(key)->entries()) {
    const std::string& name = entry.key->text();
    const std::string& value = entry.value->text();
    if (!model::IsClassicLabelName(name)) {
      source.Error(*entry.key, "invalid label name " + GoQuote(name));
    } else if (regex && entry.value->is_null()) {
      source.Error(*entry.value, "invalid regexp value for " + GoQuote(name));
    } else if (regex) {
      // As it is written first, so that an error shows that.
      auto matcher = model::Matcher::Create(name, model::MatchOp::kRegex, value);
      if (matcher) {
        matcher = model::Matcher::Create(name, model::MatchOp::kRegex, "^(?:" + value + ")$");
      }
      Add(source, *entry.value, std::move(matcher), out);
    } else {
      Add(source, *entry.value, model::Matcher::Create(name, model::MatchOp::kEqual, value), out);
    }
  }
}

void ReadMatchers(const Source& source, ObjectReader* reader, std::string_view key,
                  model::MatcherSyntax syntax, model::Matchers* out) {
  for (const YamlNodePtr& item : reader->ReadList(key)) {
    if (item->is_sequence() || item->is_mapping()) {
      source.Error(*item, std::string(key) + ": an item must be a string, not " +
                              std::string(KindName(*item)) + "; does it need quotes?");
      continue;
    }
    auto parsed = model::ParseMatchers(item->text(), syntax);
    if (!parsed) {
      source.Error(*item, parsed.error().message);
      continue;
    }
    if (!parsed->warning.empty()) source.Warning(*item, parsed->warning);
    for (model::Matcher& matcher : parsed->matchers) out->push_back(std::move(matcher));
  }
  std::sort(out->begin(), out->end());
}

}  // namespace

MatcherForms ReadMatcherForms(const Source& source, const MatcherKeys& keys,
                              model::MatcherSyntax syntax, ObjectReader* reader) {
  MatcherForms forms;
  ReadMap(source, reader, keys.match, false, &forms.match, &forms.matchers);
  ReadMap(source, reader, keys.match_re, true, &forms.match_re, &forms.matchers);
  ReadMatchers(source, reader, keys.matchers, syntax, &forms.listed_matchers);
  forms.matchers.insert(forms.matchers.end(), forms.listed_matchers.begin(),
                        forms.listed_matchers.end());
  std::sort(forms.matchers.begin(), forms.matchers.end());
  return forms;
}

void WriteMatcherForms(const MatcherForms& forms, const MatcherKeys& keys, YamlWriter* writer) {
  writer->MapIfAny(keys.match, forms.match);
  writer->MapIfAny(keys.match_re, forms.match_re);
  std::vector<std::string> matchers;
  for (const model::Matcher& matcher : forms.listed_matchers) {
    matchers.push_back(matcher.ToString());
  }
  writer->TextsIfAny(keys.matchers, matchers);
}

}  // namespace tocsin::config
