#include "model/regex.h"

#include "base/text.h"

#include <re2/re2.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <vector>

namespace tocsin::model {

namespace {

re2::StringPiece Piece(std::string_view text) {
  return {text.data(), text.size()};
}

// Go's words for what is wrong with a pattern.
std::string_view ErrorText(RE2::ErrorCode code) {
  switch (code) {
    case RE2::ErrorBadEscape:
      return "invalid escape sequence";
    case RE2::ErrorBadCharClass:
      return "invalid character class";
    case RE2::ErrorBadCharRange:
      return "invalid character class range";
    case RE2::ErrorMissingBracket:
      return "missing closing ]";
    case RE2::ErrorMissingParen:
      return "missing closing )";
    case RE2::ErrorUnexpectedParen:
      return "unexpected )";
    case RE2::ErrorTrailingBackslash:
      return "trailing backslash at end of expression";
    case RE2::ErrorRepeatArgument:
      return "missing argument to repetition operator";
    case RE2::ErrorRepeatSize:
      return "invalid repeat count";
    case RE2::ErrorRepeatOp:
      return "invalid nested repetition operator";
    case RE2::ErrorBadPerlOp:
      return "invalid or unsupported Perl syntax";
    case RE2::ErrorBadUTF8:
      return "invalid UTF-8";
    case RE2::ErrorBadNamedCapture:
      return "invalid named capture";
    case RE2::ErrorPatternTooLarge:
      return "expression too large";
    default:
      return "internal error";
  }
}

tl::unexpected<Error> CompileError(std::string_view text, const std::string& culprit) {
  std::string message = "error parsing regexp: " + std::string(text);
  if (!culprit.empty()) message += ": `" + culprit + "`";
  return Fail(std::move(message));
}

// Copies a pattern to RE2's dialect: (?<name> is spelled (?P<name>, and \C, which Go does not have,
// is refused. Both mean something else inside \Q..\E and in a character class.
class DialectReader {
 public:
  explicit DialectReader(std::string_view pattern) : rest_(pattern) {}

  Result<std::string> Read() {
    while (!rest_.empty()) {
      if (rest_.front() == '\\') {
        if (rest_.substr(0, 2) == "\\C") return CompileError("invalid escape sequence", "\\C");
        CopyEscape();
      } else if (rest_.front() == '[') {
        CopyClass();
      } else if (IsNamedGroup()) {
        rest_.remove_prefix(3);
        out_ += "(?P<";
      } else {
        Copy(1);
      }
    }
    return std::move(out_);
  }

 private:
  void Copy(std::size_t size) {
    out_ += rest_.substr(0, size);
    rest_.remove_prefix(std::min(size, rest_.size()));
  }

  void CopyEscape() {
    if (rest_.substr(0, 2) != "\\Q") return Copy(2);
    const std::size_t end = rest_.find("\\E");
    Copy(end == std::string_view::npos ? rest_.size() : end + 2);
  }

  void CopyClass() {
    Copy(1);
    if (rest_.starts_with('^')) Copy(1);
    // A bracket in first position is a member.
    if (rest_.starts_with(']')) Copy(1);
    while (!rest_.empty() && rest_.front() != ']') {
      if (rest_.starts_with("[:") && rest_.find(":]", 2) != std::string_view::npos) {
        Copy(rest_.find(":]", 2) + 2);
      } else {
        Copy(rest_.front() == '\\' ? 2 : 1);
      }
    }
    Copy(1);
  }

  // `(?<=` and `(?<!` are look-behind, which neither dialect has.
  bool IsNamedGroup() const {
    return rest_.starts_with("(?<") && rest_.substr(3, 1) != "=" && rest_.substr(3, 1) != "!";
  }

  std::string_view rest_;
  std::string out_;
};

// Most matchers in use are a list of words or a word and `.*`; these need no automaton to match.
struct FastPath {
  std::vector<std::string> words;  // Sorted. Any of them, or the one that is the prefix.
  std::size_t min_tail = 0;
  bool tail = false;               // Anything may follow the prefix...
  bool tail_with_newline = false;  // ...a newline only with this.
};

bool IsLiteral(std::string_view text) {
  return text.find_first_of("\\.+*?()[]{}^$|") == std::string_view::npos;
}

// Takes off `^(?:` `)$`, which configurations written for match_re carry, and a group around all.
std::string_view WithoutBrackets(std::string_view pattern) {
  const auto strip = [&](std::string_view open, std::string_view close) {
    if (pattern.size() < open.size() + close.size() || !pattern.starts_with(open) ||
        !pattern.ends_with(close)) {
      return;
    }
    const auto inner = pattern.substr(open.size(), pattern.size() - open.size() - close.size());
    if (inner.find_first_of("()\\[]?") == std::string_view::npos) pattern = inner;
  };
  strip("^(?:", ")$");
  strip("(?:", ")");
  strip("(", ")");
  return pattern;
}

std::optional<FastPath> FindFastPath(std::string_view pattern, Regex::Anchor anchor) {
  if (anchor == Regex::Anchor::kNone) return std::nullopt;
  pattern = WithoutBrackets(pattern);
  FastPath path;
  if (pattern.ends_with(".*") || pattern.ends_with(".+")) {
    const std::string_view prefix = pattern.substr(0, pattern.size() - 2);
    if (!IsLiteral(prefix)) return std::nullopt;
    path.words.emplace_back(prefix);
    path.tail = true;
    path.min_tail = pattern.back() == '+' ? 1 : 0;
    path.tail_with_newline = anchor == Regex::Anchor::kFullDotAll;
    return path;
  }
  while (true) {
    const std::size_t bar = pattern.find('|');
    const std::string_view word = pattern.substr(0, bar);
    if (!IsLiteral(word)) return std::nullopt;
    path.words.emplace_back(word);
    if (bar == std::string_view::npos) break;
    pattern.remove_prefix(bar + 1);
  }
  std::sort(path.words.begin(), path.words.end());
  return path;
}

bool Matches(const FastPath& path, std::string_view text) {
  if (!path.tail) {
    return std::binary_search(path.words.begin(), path.words.end(), text, std::less<>());
  }
  if (!text.starts_with(path.words.front())) return false;
  text.remove_prefix(path.words.front().size());
  if (text.size() < path.min_tail) return false;
  return path.tail_with_newline || text.find('\n') == std::string_view::npos;
}

bool IsGroupNameChar(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The group reference after a `$`, removed from the front of `text`; "" if there is none, and then
// nothing is removed.
std::string_view TakeGroupName(std::string_view* text) {
  const bool braced = text->starts_with('{');
  const std::size_t start = braced ? 1 : 0;
  std::size_t end = start;
  while (end < text->size() && IsGroupNameChar((*text)[end])) ++end;
  if (braced && text->substr(end, 1) != "}") return {};
  const std::string_view name = text->substr(start, end - start);
  if (!name.empty()) text->remove_prefix(braced ? end + 1 : end);
  return name;
}

// The number that a reference written in digits stands for. With a leading zero it is a name, and
// nobody has named a group so: group names start with no digit.
std::optional<std::size_t> GroupNumber(std::string_view name) {
  if (name.size() > 8 || (name.size() > 1 && name.front() == '0')) return std::nullopt;
  std::size_t number = 0;
  for (const char c : name) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::size_t>(c - '0');
  }
  return number;
}

// What RE2 makes of a pattern, and what is asked of it.
struct Automaton {
  std::unique_ptr<const RE2> re2;
  std::size_t groups = 0;  // The whole match counted.

  // `match`, if not null, has room for all groups.
  bool Match(std::string_view text, std::size_t start, RE2::Anchor where,
             std::vector<re2::StringPiece>* match) const {
    return re2 &&
           re2->Match(Piece(text), start, text.size(), where, match ? match->data() : nullptr,
                      match ? static_cast<int>(match->size()) : 0);
  }

  std::string_view Group(std::string_view name, const std::vector<re2::StringPiece>& match) const {
    std::size_t index = groups;
    if (const auto number = GroupNumber(name)) {
      index = *number;
    } else {
      const auto& names = re2->NamedCapturingGroups();
      const auto found = names.find(std::string(name));
      if (found != names.end()) index = static_cast<std::size_t>(found->second);
    }
    if (index >= groups || match[index].data() == nullptr) return {};
    return {match[index].data(), match[index].size()};
  }

  // Stops soon after `out` has more than `limit` bytes.
  void Expand(std::string_view replacement, const std::vector<re2::StringPiece>& match,
              std::size_t limit, std::string* out) const {
    while (!replacement.empty() && out->size() <= limit) {
      const std::size_t dollar = replacement.find('$');
      *out += replacement.substr(0, dollar);
      if (dollar == std::string_view::npos) return;
      replacement.remove_prefix(dollar + 1);
      if (replacement.starts_with('$')) {
        *out += '$';
        replacement.remove_prefix(1);
        continue;
      }
      const std::string_view name = TakeGroupName(&replacement);
      // A dollar that refers to nothing stays what it is.
      *out += name.empty() ? std::string_view("$") : Group(name, match);
    }
  }
};

Result<Automaton> CompileAutomaton(std::string_view pattern, Regex::Anchor anchor) {
  const Result<std::string> dialect = DialectReader(pattern).Read();
  if (!dialect) return tl::unexpected<Error>(dialect.error());
  // Textually, so that an alternation or a stray parenthesis means what it means to Go.
  std::string anchored = *dialect;
  if (anchor == Regex::Anchor::kFull) anchored = "^(?:" + anchored + ")$";
  if (anchor == Regex::Anchor::kFullDotAll) anchored = "^(?s:" + anchored + ")$";
  RE2::Options options;
  options.set_log_errors(false);
  auto re2 = std::make_unique<const RE2>(anchored, options);
  if (!re2->ok()) return CompileError(ErrorText(re2->error_code()), re2->error_arg());
  const auto groups = static_cast<std::size_t>(re2->NumberOfCapturingGroups()) + 1;
  return Automaton{std::move(re2), groups};
}

}  // namespace

struct Regex::Program {
  Program(std::string_view text, Anchor its_anchor)
      : pattern(text), anchor(its_anchor), fast(FindFastPath(text, its_anchor)) {}
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() { delete automaton_.load(); }

  // Compiled by whoever needs it first; without RE2 if that refuses the pattern.
  const Automaton& automaton() const {
    if (const Automaton* there = automaton_.load(std::memory_order_acquire)) return *there;
    return SetAutomaton(CompileAutomaton(pattern, anchor).value_or(Automaton()));
  }
  // Of several the first one counts.
  const Automaton& SetAutomaton(Automaton automaton) const {
    auto made = std::make_unique<const Automaton>(std::move(automaton));
    const Automaton* there = nullptr;
    return automaton_.compare_exchange_strong(there, made.get()) ? *made.release() : *there;
  }

  const std::string pattern;
  const Anchor anchor;
  const std::optional<FastPath> fast;

 private:
  mutable std::atomic<const Automaton*> automaton_{nullptr};  // Owned.
};

Result<Regex> Regex::Compile(std::string_view pattern, Anchor anchor) {
  Regex regex = CompileLater(pattern, anchor);
  if (regex.program_->fast && IsValidUtf8(pattern)) return regex;
  Result<Automaton> automaton = CompileAutomaton(pattern, anchor);
  if (!automaton) return tl::unexpected<Error>(std::move(automaton.error()));
  regex.program_->SetAutomaton(*std::move(automaton));
  return regex;
}

Regex Regex::CompileLater(std::string_view pattern, Anchor anchor) {
  return Regex(std::make_shared<Program>(pattern, anchor));
}

bool Regex::Matches(std::string_view text) const {
  if (program_->fast) return model::Matches(*program_->fast, text);
  return program_->automaton().Match(text, 0, RE2::UNANCHORED, nullptr);
}

void Regex::ReplaceAll(std::string_view text, std::string_view replacement, std::size_t limit,
                       std::string* out) const {
  const std::size_t full = out->size() + std::min(limit, out->max_size() - out->size());
  const Automaton& automaton = program_->automaton();
  std::vector<re2::StringPiece> match(automaton.groups);
  std::size_t copied = 0;  // Up to here the text is in `out`.
  std::size_t search = 0;
  bool after_match = false;
  while (search <= text.size() && out->size() <= full &&
         automaton.Match(text, search, RE2::UNANCHORED, &match)) {
    const auto start = static_cast<std::size_t>(match[0].data() - text.data());
    const std::size_t end = start + match[0].size();
    // An empty match right behind the last one is not another match.
    if (!(after_match && end == copied)) {
      *out += text.substr(copied, start - copied);
      automaton.Expand(replacement, match, full, out);
      copied = end;
      after_match = true;
    }
    search = end;
    if (start == end) search += end < text.size() ? DecodeRune(text.substr(end)).size : 1;
  }
  *out += text.substr(copied);
}

bool Regex::ExpandFullMatch(std::string_view text, std::string_view replacement,
                            std::string* out) const {
  const Automaton& automaton = program_->automaton();
  std::vector<re2::StringPiece> match(automaton.groups);
  if (!automaton.Match(text, 0, RE2::ANCHOR_BOTH, &match)) return false;
  automaton.Expand(replacement, match, out->max_size(), out);
  return true;
}

const std::string& Regex::pattern() const {
  return program_->pattern;
}

std::size_t Regex::program_size() const {
  if (program_->fast) return program_->pattern.size();
  const Automaton& automaton = program_->automaton();
  return automaton.re2 ? static_cast<std::size_t>(std::max(automaton.re2->ProgramSize(), 0)) : 0;
}

}  // namespace tocsin::model
