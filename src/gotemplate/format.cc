#include "gotemplate/format.h"

#include "base/text.h"

#include <optional>

namespace tocsin::gotemplate {
namespace {

// Widths and precisions beyond this are refused, as in Go.
constexpr int kMaxNumber = 1'000'000;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// The decimal number at `*i`, moved behind it. nullopt if there is none or it is too large; the
// latter also ends the directive, which Go does by going to the end of the format.
std::optional<int> ReadNumber(std::string_view format, std::size_t* i, std::size_t end) {
  int number = 0;
  bool any = false;
  for (; *i < end && IsDigit(format[*i]); ++*i) {
    if (number > kMaxNumber) {
      *i = end;
      return std::nullopt;
    }
    number = number * 10 + (format[*i] - '0');
    any = true;
  }
  return any ? std::optional(number) : std::nullopt;
}

// A width or precision given as an argument.
std::optional<int> NumberArgument(const Value& value) {
  if (value.kind() == Kind::kInt && value.AsInt() >= -kMaxNumber && value.AsInt() <= kMaxNumber) {
    return static_cast<int>(value.AsInt());
  }
  if (value.kind() == Kind::kUint && value.AsUint() <= kMaxNumber) {
    return static_cast<int>(value.AsUint());
  }
  return std::nullopt;
}

bool IsStringArgument(const Value& value) {
  return value.kind() == Kind::kString;
}

}  // namespace

// Which argument is next, and what %[n] has done to the order.
struct Formatter::ArgumentPosition {
  std::size_t next = 0;
  bool reordered = false;
  bool good = true;          // The last %[n] named an argument that exists.
  bool after_index = false;  // A %[n] was just read.

  // Reads `[n]` if it is there.
  void ReadIndex(std::string_view format, std::size_t* i, std::size_t count) {
    after_index = false;
    if (*i >= format.size() || format[*i] != '[') return;
    reordered = true;
    std::size_t close = format.find(']', *i);
    if (close == std::string_view::npos || format.size() - *i < 3) {
      good = false;
      ++*i;
      return;
    }
    std::size_t at = *i + 1;
    auto index = ReadNumber(format, &at, close);
    *i = close + 1;
    if (!index || at != close) {
      good = false;
      return;
    }
    after_index = true;
    if (*index >= 1 && static_cast<std::size_t>(*index) <= count) {
      next = static_cast<std::size_t>(*index - 1);
    } else {
      good = false;
    }
  }
};

void Formatter::Print(std::span<const Value> args) {
  bool previous_string = false;
  for (std::size_t i = 0; i < args.size() && !exceeded(); ++i) {
    bool is_string = IsStringArgument(args[i]);
    if (i > 0 && !is_string && !previous_string) out_->push_back(' ');
    PrintArgument(args[i], 'v');
    previous_string = is_string;
  }
}

void Formatter::Println(std::span<const Value> args) {
  for (std::size_t i = 0; i < args.size() && !exceeded(); ++i) {
    if (i > 0) out_->push_back(' ');
    PrintArgument(args[i], 'v');
  }
  out_->push_back('\n');
}

void Formatter::Append(char32_t rune) {
  if (rune < 0x80) {
    out_->push_back(static_cast<char>(rune));
  } else {
    AppendRune(rune, out_);
  }
}

// `%!d(MISSING)` and its like.
void Formatter::Marker(char32_t verb, std::string_view text) {
  out_->append("%!");
  Append(verb);
  out_->append(text);
}

void Formatter::Printf(std::string_view format, std::span<const Value> args) {
  ArgumentPosition position;
  std::size_t i = 0;
  while (i < format.size() && !exceeded()) {
    std::size_t percent = std::min(format.find('%', i), format.size());
    out_->append(format.substr(i, percent - i));
    if (percent == format.size()) break;
    i = percent + 1;
    Directive(format, &i, args, &position);
  }
  flags_ = FormatFlags();
  if (!position.reordered && position.next < args.size()) Extra(args.subspan(position.next));
}

void Formatter::Extra(std::span<const Value> args) {
  out_->append("%!(EXTRA ");
  for (std::size_t i = 0; i < args.size() && !exceeded(); ++i) {
    if (i > 0) out_->append(", ");
    if (!args[i].has_value()) {
      out_->append("<nil>");
      continue;
    }
    out_->append(args[i].type()->name).push_back('=');
    PrintArgument(args[i], 'v');
  }
  out_->push_back(')');
}

void Formatter::ReadFlags(std::string_view format, std::size_t* i) {
  for (; *i < format.size(); ++*i) {
    switch (format[*i]) {
      case '#':
        flags_.sharp = true;
        break;
      case '0':
        flags_.zero = true;
        break;
      case '+':
        flags_.plus = true;
        break;
      case '-':
        flags_.minus = true;
        break;
      case ' ':
        flags_.space = true;
        break;
      default:
        return;
    }
  }
}

void Formatter::ReadWidth(std::string_view format, std::size_t* i, std::span<const Value> args,
                          ArgumentPosition* position) {
  if (*i < format.size() && format[*i] == '*') {
    ++*i;
    std::optional<int> width;
    if (position->next < args.size()) width = NumberArgument(args[position->next++]);
    if (!width) out_->append("%!(BADWIDTH)");
    flags_.has_width = width.has_value();
    flags_.width = width.value_or(0);
    if (flags_.width < 0) {
      // A negative width is the minus flag and a width.
      flags_.width = -flags_.width;
      flags_.minus = true;
      flags_.zero = false;
    }
    position->after_index = false;
    return;
  }
  auto width = ReadNumber(format, i, format.size());
  flags_.has_width = width.has_value();
  flags_.width = width.value_or(0);
  if (position->after_index && width) position->good = false;  // %[3]2d
}

void Formatter::ReadPrecision(std::string_view format, std::size_t* i, std::span<const Value> args,
                              ArgumentPosition* position) {
  if (*i >= format.size() || format[*i] != '.') return;
  ++*i;
  if (position->after_index) position->good = false;  // %[3].2d
  position->ReadIndex(format, i, args.size());
  flags_.has_precision = true;
  flags_.precision = 0;
  if (*i < format.size() && format[*i] == '*') {
    ++*i;
    std::optional<int> precision;
    if (position->next < args.size()) precision = NumberArgument(args[position->next++]);
    // A negative precision counts as none, and Go calls it bad as well.
    flags_.has_precision = precision.has_value() && *precision >= 0;
    if (flags_.has_precision) flags_.precision = *precision;
    if (!flags_.has_precision) out_->append("%!(BADPREC)");
    position->after_index = false;
    return;
  }
  flags_.precision = ReadNumber(format, i, format.size()).value_or(0);
}

// What follows a `%`.
void Formatter::Directive(std::string_view format, std::size_t* i, std::span<const Value> args,
                          ArgumentPosition* position) {
  flags_ = FormatFlags();
  position->good = true;
  ReadFlags(format, i);
  position->ReadIndex(format, i, args.size());
  ReadWidth(format, i, args, position);
  ReadPrecision(format, i, args, position);
  if (!position->after_index) position->ReadIndex(format, i, args.size());
  if (*i >= format.size()) {
    out_->append("%!(NOVERB)");
    return;
  }
  Rune rune = DecodeRune(format.substr(*i));
  *i += rune.size;
  Verb(rune.value, args, position);
}

void Formatter::Verb(char32_t verb, std::span<const Value> args, ArgumentPosition* position) {
  if (verb == '%') {
    out_->push_back('%');
    return;
  }
  if (!position->good) return Marker(verb, "(BADINDEX)");
  if (position->next >= args.size()) return Marker(verb, "(MISSING)");
  if (verb == 'v') {
    flags_.sharp_v = flags_.sharp;
    flags_.plus_v = flags_.plus;
    flags_.sharp = flags_.plus = false;
  }
  PrintArgument(args[position->next++], verb);
}

}  // namespace tocsin::gotemplate
