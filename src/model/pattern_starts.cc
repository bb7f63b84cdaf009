#include "model/pattern_starts.h"

#include "base/text.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

namespace tocsin::model {

namespace {

// An alternation of as many words is still worth keeping apart.
constexpr std::size_t kTextsMax = 256;
constexpr std::size_t kBytesMax = 16 << 10;
constexpr std::size_t kClassMembersMax = 16;
constexpr int kDepthMax = 100;  // RE2 itself takes any depth; this reader is recursive.

PatternStarts Anything() {
  return {{""}, false};
}

PatternStarts Exactly(std::string_view text) {
  return {{std::string(text)}, true};
}

bool IsAlnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::size_t TotalBytes(const std::vector<std::string>& texts) {
  std::size_t bytes = 0;
  for (const std::string& text : texts) bytes += text.size();
  return bytes;
}

// Sorts, and drops what another says, too.
void Reduce(PatternStarts* starts) {
  std::sort(starts->texts.begin(), starts->texts.end());
  std::vector<std::string> kept;
  for (std::string& text : starts->texts) {
    // Where a text begins with another, it comes right behind that or behind others that do.
    const bool implied =
        !kept.empty() && (starts->whole ? text == kept.back() : text.starts_with(kept.back()));
    if (!implied) kept.push_back(std::move(text));
  }
  starts->texts = std::move(kept);
}

// `other` may stand in place of `starts`. The caller reduces.
void Alternate(PatternStarts other, PatternStarts* starts) {
  starts->texts.insert(starts->texts.end(), std::make_move_iterator(other.texts.begin()),
                       std::make_move_iterator(other.texts.end()));
  starts->whole = starts->whole && other.whole;
  if (starts->texts.size() > kTextsMax || TotalBytes(starts->texts) > kBytesMax) {
    *starts = Anything();
  }
}

// `next` follows on `before`.
void Append(const PatternStarts& next, PatternStarts* before) {
  if (!before->whole) return;
  if (next.whole && next.texts.size() == 1) {  // A letter of a word, mostly.
    const std::string& text = next.texts.front();
    if (TotalBytes(before->texts) + text.size() * before->texts.size() > kBytesMax) {
      before->whole = false;
      return;
    }
    for (std::string& start : before->texts) start += text;
    return;
  }
  const std::size_t count = before->texts.size() * next.texts.size();
  const std::size_t bytes =
      TotalBytes(before->texts) * next.texts.size() + TotalBytes(next.texts) * before->texts.size();
  if (count > kTextsMax || bytes > kBytesMax) {
    before->whole = false;
    return;
  }
  PatternStarts joined{{}, next.whole};
  for (const std::string& start : before->texts) {
    for (const std::string& text : next.texts) joined.texts.push_back(start + text);
  }
  *before = std::move(joined);
}

// Reads RE2's grammar as far as it needs to. Assertions are passed over: they only take away from
// what matches. Whatever is not understood (case folding, above all) gives up the whole pattern.
class Reader {
 public:
  explicit Reader(std::string_view pattern) : rest_(pattern) {}

  PatternStarts Read() {
    PatternStarts starts = ReadAlternation();
    // A parenthesis that only the anchors around the pattern close.
    if (gave_up_ || !rest_.empty()) return Anything();
    Reduce(&starts);
    return starts;
  }

 private:
  bool At(char c) const { return rest_.starts_with(c); }

  bool AtRepetition() const { return At('?') || At('*') || At('+') || At('{'); }

  bool Take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  PatternStarts GiveUp() {
    gave_up_ = true;
    rest_ = {};
    return Anything();
  }

  PatternStarts ReadAlternation() {
    PatternStarts starts = ReadSequence();
    if (!At('|')) return starts;
    while (Take("|")) Alternate(ReadSequence(), &starts);
    Reduce(&starts);
    return starts;
  }

  PatternStarts ReadSequence() {
    PatternStarts starts = Exactly("");
    while (!rest_.empty() && !At('|') && !At(')')) {
      PatternStarts atom = ReadAtom();
      Append(ReadRepetition(std::move(atom)), &starts);
    }
    return starts;
  }

  PatternStarts ReadRepetition(PatternStarts atom) {
    if (!AtRepetition()) return atom;
    const char op = rest_.front();
    rest_.remove_prefix(1);
    // The rest of a count, or of what only looks like one, is read as letters that follow.
    if (op == '{' || op == '*') atom = Anything();
    if (op == '?') Alternate(Exactly(""), &atom);
    if (op == '+') atom.whole = false;
    if (op != '{') Take("?");
    return atom;
  }

  PatternStarts ReadAtom() {
    const char c = rest_.front();
    if (c == '(') return ReadGroup();
    if (c == '[') return ReadClass();
    if (c == '\\') return ReadEscape();
    if (c == '^' || c == '$') {
      rest_.remove_prefix(1);
      return Exactly("");
    }
    if (c == '.') {
      rest_.remove_prefix(1);
      return Anything();
    }
    const std::string_view letter = rest_.substr(0, DecodeRune(rest_).size);
    rest_.remove_prefix(letter.size());
    return Exactly(letter);
  }

  PatternStarts ReadGroup() {
    rest_.remove_prefix(1);
    if (Take("?P<") || Take("?<")) {
      const std::size_t end = rest_.find('>');
      if (end == std::string_view::npos) return GiveUp();
      rest_.remove_prefix(end + 1);
    } else if (Take("?")) {
      // These flags change nothing here; `i` would.
      while (At('s') || At('m') || At('U')) rest_.remove_prefix(1);
      // A repetition behind it would be of what is before it.
      if (Take(")")) return AtRepetition() ? GiveUp() : Exactly("");
      if (!Take(":")) return GiveUp();
    }
    if (++depth_ > kDepthMax) return GiveUp();
    PatternStarts starts = ReadAlternation();
    --depth_;
    if (!Take(")")) return GiveUp();
    return starts;
  }

  PatternStarts ReadEscape() {
    if (rest_.size() < 2) return GiveUp();
    const char c = rest_[1];
    if (static_cast<unsigned char>(c) >= 0x80) return GiveUp();
    rest_.remove_prefix(2);
    if (!IsAlnum(c) && c != '_') return Exactly({&c, 1});
    if (std::string_view("dDsSwW").find(c) != std::string_view::npos) return Anything();
    if (std::string_view("bBAz").find(c) != std::string_view::npos) return Exactly("");
    return GiveUp();
  }

  // Classes of a few ASCII characters are read as an alternation of these.
  PatternStarts ReadClass() {
    rest_.remove_prefix(1);
    bool known = !Take("^");
    std::string members;
    for (bool first = true; first || !At(']'); first = false) {
      if (rest_.empty()) return GiveUp();
      if (Take("[:")) {
        const std::size_t end = rest_.find(":]");
        if (end == std::string_view::npos) return GiveUp();
        rest_.remove_prefix(end + 2);
        known = false;
        continue;
      }
      const std::optional<char> low = ReadClassCharacter();
      std::optional<char> high = low;
      if (At('-') && !rest_.starts_with("-]")) {
        rest_.remove_prefix(1);
        high = ReadClassCharacter();
      }
      known = known && low && high && *high - *low < static_cast<int>(kClassMembersMax);
      if (known) {
        for (char c = *low; c <= *high; ++c) members += c;
      }
    }
    rest_.remove_prefix(1);
    if (!known || members.empty() || members.size() > kClassMembersMax) return Anything();
    PatternStarts starts{{}, true};
    for (const char c : members) starts.texts.emplace_back(1, c);
    return starts;
  }

  // One character of a class; nothing if it is not one that is known.
  std::optional<char> ReadClassCharacter() {
    if (rest_.empty()) return std::nullopt;
    const bool escaped = rest_.size() > 1 && At('\\');
    if (escaped) rest_.remove_prefix(1);
    const char c = rest_.front();
    rest_.remove_prefix(DecodeRune(rest_).size);
    if (static_cast<unsigned char>(c) >= 0x7F || (escaped && (IsAlnum(c) || c == '_'))) {
      return std::nullopt;
    }
    return c;
  }

  std::string_view rest_;
  int depth_ = 0;
  bool gave_up_ = false;
};

}  // namespace

PatternStarts FindPatternStarts(std::string_view pattern) {
  return Reader(pattern).Read();
}

}  // namespace tocsin::model
