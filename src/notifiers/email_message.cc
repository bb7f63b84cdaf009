#include "notifiers/email_message.h"

#include "base/text.h"
#include "notifiers/mail_address.h"

#include <algorithm>

namespace tocsin::notifiers {
namespace {

constexpr std::string_view kWordStart = "=?utf-8?q?";
constexpr std::string_view kWordEnd = "?=";
constexpr std::size_t kWordOverhead = kWordStart.size() + kWordEnd.size();
constexpr std::size_t kWordSize = 75;
constexpr std::size_t kEncodedLine = 76;  // RFC 2047's bound for lines with encoded words.
constexpr std::size_t kFoldedLine = 78;
constexpr std::size_t kHardLimit = 998;

// Where an encoded word stands decides what may stay as it is in it.
enum class Place { kText, kPhrase };

void AppendHexByte(char c, std::string* out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  *out += '=';
  *out += kDigits[byte >> 4];
  *out += kDigits[byte & 15];
}

bool StaysInWord(char c, Place place) {
  if (place == Place::kText) return c > ' ' && c <= '~' && c != '=' && c != '?' && c != '_';
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!*+-/").find(c) != std::string_view::npos;
}

std::string EncodeRune(std::string_view rune, Place place) {
  std::string encoded;
  for (const char c : rune) {
    if (c == ' ') {
      encoded += '_';
    } else if (StaysInWord(c, place)) {
      encoded += c;
    } else {
      AppendHexByte(c, &encoded);
    }
  }
  return encoded;
}

// Encoded words with one space between them. `used` is what stands before on the line.
std::string EncodeWords(std::string_view text, Place place, std::size_t used) {
  const std::size_t room = std::max(kEncodedLine - std::min(used, kEncodedLine), std::size_t{32});
  std::size_t most = std::min(kWordSize, room) - kWordOverhead;
  std::string out(kWordStart);
  std::size_t size = 0;
  while (!text.empty()) {
    const std::size_t bytes = DecodeRune(text).size;
    const std::string encoded = EncodeRune(text.substr(0, bytes), place);
    text.remove_prefix(bytes);
    if (size + encoded.size() > most) {
      out.append(kWordEnd).append(" ").append(kWordStart);
      size = 0;
      most = kWordSize - kWordOverhead;
    }
    out += encoded;
    size += encoded.size();
  }
  return out.append(kWordEnd);
}

bool IsPrintableAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
}

// A run without space cannot be folded; beyond the hard limit it would be no valid line.
bool CanBeFolded(std::string_view text) {
  constexpr std::size_t kRoomForName = 80;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == ' ' || c == '\t' ? 0 : run + 1;
    if (run > kHardLimit - kRoomForName) return false;
  }
  return true;
}

// Breaks lines before white space that a word follows; the first word stays beside the name.
std::string Fold(std::string_view name, std::string_view value) {
  std::string out(name);
  out += ": ";
  std::size_t line = out.size();
  bool first = true;
  while (!value.empty()) {
    const std::size_t word = std::min(value.find_first_not_of(" \t"), value.size());
    const std::size_t end = std::min(value.find_first_of(" \t", word), value.size());
    // Nothing but white space is left: it belongs to the last word.
    const bool may_break = !first && word > 0 && word < value.size();
    if (may_break && line + end > kFoldedLine) {
      out += "\r\n";
      line = 0;
    }
    out += value.substr(0, end);
    line += end;
    value.remove_prefix(end);
    first = false;
  }
  return out += "\r\n";
}

std::string FormatName(const std::string& name, std::size_t used) {
  if (!IsPrintableAscii(name)) return EncodeWords(name, Place::kPhrase, used);
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

class QuotedPrintableWriter {
 public:
  std::string Encode(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const std::string_view rest = text.substr(i);
      if (rest.front() == '\n' || rest.starts_with("\r\n")) {
        if (rest.front() == '\r') ++i;
        EndLine();
      } else {
        const std::string_view next = rest.substr(1);
        const bool at_end = next.empty() || next.front() == '\n' || next.starts_with("\r\n");
        Put(rest.front(), at_end);
      }
    }
    return std::move(out_);
  }

 private:
  static constexpr std::size_t kLine = 75;  // Without the `=` of a soft line break.

  void Put(char c, bool at_end_of_line) {
    const bool blank = c == ' ' || c == '\t';
    // Blanks at the end of a line would be lost on the way.
    const bool as_it_is = blank ? !at_end_of_line : c > ' ' && c <= '~' && c != '=';
    if (size_ + (as_it_is ? 1 : 3) > kLine) {
      out_ += "=\r\n";
      size_ = 0;
    }
    if (as_it_is) {
      out_ += c;
    } else {
      AppendHexByte(c, &out_);
    }
    size_ += as_it_is ? 1 : 3;
  }

  void EndLine() {
    out_ += "\r\n";
    size_ = 0;
  }

  std::string out_;
  std::size_t size_ = 0;
};

void AppendPart(std::string_view type, std::string_view text, std::string_view boundary, bool first,
                std::string* out) {
  if (!first) *out += "\r\n";
  out->append("--").append(boundary).append("\r\n");
  *out += "Content-Transfer-Encoding: quoted-printable\r\n";
  out->append("Content-Type: ").append(type).append("; charset=UTF-8\r\n\r\n");
  *out += QuotedPrintable(text);
}

}  // namespace

std::string EncodeHeader(std::string_view name, std::string_view value) {
  if (IsPrintableAscii(value) && CanBeFolded(value)) return Fold(name, value);
  return Fold(name, EncodeWords(value, Place::kText, name.size() + 2));
}

std::string EncodeAddressHeader(std::string_view name, std::string_view value) {
  if (IsPrintableAscii(value) && CanBeFolded(value)) return Fold(name, value);
  const auto addresses = ParseMailAddresses(value);
  if (!addresses) return EncodeHeader(name, value);
  std::string list;
  for (const MailAddress& address : *addresses) {
    if (!list.empty()) list += ", ";
    if (address.name.empty()) {
      list += address.address;
    } else {
      list += FormatName(address.name, list.empty() ? name.size() + 2 : 1);
      list.append(" <").append(address.address).append(">");
    }
  }
  return Fold(name, list);
}

bool HoldsAddresses(std::string_view header_name) {
  constexpr std::string_view kNames[] = {"From", "To", "Cc", "Bcc", "Reply-To", "Sender"};
  return std::find(std::begin(kNames), std::end(kNames), header_name) != std::end(kNames);
}

std::string QuotedPrintable(std::string_view text) {
  return QuotedPrintableWriter().Encode(text);
}

std::string BuildMail(const MailParts& parts) {
  std::string mail = parts.headers;
  mail += "Content-Type: multipart/alternative;\r\n boundary=" + parts.boundary + "\r\n";
  mail += "MIME-Version: 1.0\r\n\r\n";
  bool first = true;
  if (!parts.text.empty()) {
    AppendPart("text/plain", parts.text, parts.boundary, first, &mail);
    first = false;
  }
  if (!parts.html.empty()) {
    AppendPart("text/html", parts.html, parts.boundary, first, &mail);
  }
  return mail.append("\r\n--").append(parts.boundary).append("--\r\n");
}

}  // namespace tocsin::notifiers
