#include "base/hash.h"
#include "base/text.h"
#include "model/label_set.h"
#include "tests/vectors/collection.h"

#include <gtest/gtest.h>

namespace tocsin::vectors {

namespace {

void CheckLabelSet(Case& c) {
  // Two strings a pair; sets with bytes that are no text have only this form.
  std::vector<std::string> texts;
  for (const boost::json::value& pair : Array(c.line(), "pairs")) {
    texts.push_back(Text(pair.as_object(), "name"));
    texts.push_back(Text(pair.as_object(), "value"));
  }
  std::vector<model::Label> labels;
  std::string separated;
  for (std::size_t i = 0; i < texts.size(); i += 2) {
    labels.push_back({texts[i], texts[i + 1]});
    separated += texts[i] + '\xFF' + texts[i + 1] + '\xFF';
  }
  const model::LabelSet set = model::LabelSet::FromUnsorted(labels);
  c.Expect("fingerprint", Text(c.line(), "fingerprint"), model::ToString(set.Fingerprint()));
  c.Expect("string", Text(c.line(), "string"), set.ToString());
  c.Expect("nflog_alert_hash", Text(c.line(), "nflog_alert_hash"),
           std::to_string(XxHash64(separated)));
}

void CheckTruncate(Case& c) {
  const std::string input = Text(c.line(), "input");
  const auto n = static_cast<std::size_t>(Integer(c.line(), "n"));
  c.Expect("runes", Text(c.line(), "runes"), TruncateRunes(input, n));
  // Where the real function panics, any answer is better.
  if (!Flag(c.line(), "bytes_panics")) {
    c.Expect("bytes", Text(c.line(), "bytes"), TruncateBytes(input, n));
  }
}

void CheckLine(Case& c) {
  const std::string kind = Text(c.line(), "kind");
  if (kind == "labelset") return CheckLabelSet(c);
  if (kind == "truncate") return CheckTruncate(c);
  if (kind == "group_key_hash") {
    return c.Expect("sha256", Text(c.line(), "sha256"), Sha256Hex(Text(c.line(), "group_key")));
  }
  c.LeaveOut();
}

TEST(Vectors, Fingerprints) {
  RunCollection("fingerprints", "fingerprints.jsonl", CheckLine);
}

}  // namespace

}  // namespace tocsin::vectors
