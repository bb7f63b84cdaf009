#include "notifiers/mail_address.h"

#include "base/text.h"

#include <optional>
#include <utility>

namespace tocsin::notifiers {
namespace {

bool IsAtomByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x80) return true;  // The text is valid UTF-8 by then.
  if (byte <= ' ' || byte == 0x7F) return false;
  return std::string_view("()<>[]:;@\\,.\"").find(c) == std::string_view::npos;
}

bool IsAtomOrDot(char c) {
  return c == '.' || IsAtomByte(c);
}

// No dot at either end, and no two together.
bool IsDotAtom(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos;
}

struct Word {
  std::string text;
  bool quoted = false;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  Result<std::vector<MailAddress>> List() {
    do {
      if (!SkipSpace()) return Error("unclosed comment");
      if (rest_.empty() || rest_.front() == ',') continue;  // Obsolete, but written: `a@b,,c@d`.
      if (Status status = Address(true); !status) return tl::unexpected(status.error());
      if (!SkipSpace()) return Error("unclosed comment");
      if (!rest_.empty() && rest_.front() != ',') return Error("expected a comma");
    } while (Take(','));
    if (addresses_.empty()) return Error("no address");
    return std::move(addresses_);
  }

 private:
  static tl::unexpected<tocsin::Error> Error(std::string_view what) {
    return Fail("mail: " + std::string(what));
  }

  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Spaces, tabs and comments. False if a comment has no end.
  bool SkipSpace() {
    int depth = 0;
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '(') {
        ++depth;
      } else if (c == ')' && depth > 0) {
        --depth;
      } else if (c == '\\' && depth > 0 && rest_.size() > 1) {
        rest_.remove_prefix(1);
      } else if (depth == 0 && c != ' ' && c != '\t') {
        return true;
      }
      rest_.remove_prefix(1);
    }
    return depth == 0;
  }

  std::optional<Word> QuotedString() {
    Word word{"", true};
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\') rest_.remove_prefix(1);
      if (rest_.empty() ||
          (static_cast<unsigned char>(rest_.front()) < ' ' && rest_.front() != '\t')) {
        return std::nullopt;
      }
      word.text += rest_.front();
      rest_.remove_prefix(1);
    }
    if (!Take('"')) return std::nullopt;
    return word;
  }

  std::string_view Atoms() {
    std::size_t size = 0;
    while (size < rest_.size() && IsAtomOrDot(rest_[size])) ++size;
    const std::string_view atoms = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return atoms;
  }

  std::optional<std::string> Domain() {
    if (!SkipSpace()) return std::nullopt;
    if (!rest_.empty() && rest_.front() == '[') {
      const std::size_t end = rest_.find(']');
      if (end == std::string_view::npos) return std::nullopt;
      std::string literal(rest_.substr(0, end + 1));
      rest_.remove_prefix(end + 1);
      if (literal.find_first_of(" \t\r\n") != std::string::npos) return std::nullopt;
      return literal;
    }
    const std::string_view domain = Atoms();
    if (!IsDotAtom(domain)) return std::nullopt;
    return std::string(domain);
  }

  // What stands before the @, quoted where it must be.
  static std::optional<std::string> LocalPart(const Word& word) {
    if (!word.quoted) {
      return IsDotAtom(word.text) ? std::optional<std::string>(word.text) : std::nullopt;
    }
    bool plain = IsDotAtom(word.text);
    for (const char c : word.text) plain = plain && IsAtomOrDot(c);
    if (plain) return word.text;
    std::string quoted = "\"";
    for (const char c : word.text) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    return quoted + "\"";
  }

  Status Add(std::string name, const Word& local) {
    const std::optional<std::string> local_part = LocalPart(local);
    const std::optional<std::string> domain = local_part ? Domain() : std::nullopt;
    if (!domain) return Error("malformed address");
    addresses_.push_back({std::move(name), *local_part + "@" + *domain});
    return {};
  }

  std::optional<Word> NextWord() {
    if (!rest_.empty() && rest_.front() == '"') return QuotedString();
    const std::string_view atoms = Atoms();
    if (atoms.empty()) return std::nullopt;
    return Word{std::string(atoms), false};
  }

  // `<local@domain>` behind an optional name.
  Status Angle(std::string name) {
    if (!SkipSpace()) return Error("unclosed comment");
    const std::optional<Word> local = NextWord();
    if (!local || !SkipSpace() || !Take('@')) return Error("malformed address");
    if (Status status = Add(std::move(name), *local); !status) return status;
    if (!SkipSpace() || !Take('>')) return Error("unclosed angle bracket");
    return {};
  }

  Status Group() {
    while (true) {
      if (!SkipSpace()) return Error("unclosed comment");
      if (Take(';')) return {};
      if (Take(',')) continue;
      if (rest_.empty()) return Error("unclosed group");
      if (Status status = Address(false); !status) return status;
    }
  }

  Status Address(bool may_be_group) {
    std::string name;
    while (true) {
      if (!SkipSpace()) return Error("unclosed comment");
      if (Take('<')) return Angle(std::move(name));
      if (may_be_group && !name.empty() && Take(':')) return Group();
      const std::optional<Word> word = NextWord();
      if (!word || !SkipSpace()) return Error("missing '@' or angle-addr");
      if (name.empty() && Take('@')) return Add("", *word);
      if (!name.empty()) name += ' ';
      name += word->text;
    }
  }

  std::string_view rest_;
  std::vector<MailAddress> addresses_;
};

}  // namespace

Result<std::vector<MailAddress>> ParseMailAddresses(std::string_view text) {
  if (!IsValidUtf8(text)) return Fail("mail: invalid UTF-8");
  return Parser(TrimSpace(text)).List();
}

}  // namespace tocsin::notifiers
