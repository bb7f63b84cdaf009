#include "base/time_zone.h"

#include "base/posix_tz.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace tocsin {
namespace {

class UtcZone final : public TimeZone {
 public:
  std::string_view name() const override { return "UTC"; }
  Offset At(std::int64_t) const override { return {0, false, "UTC"}; }
};

struct LocalType {
  int seconds_east = 0;
  bool daylight = false;
  std::string abbreviation;
};

struct Transition {
  std::int64_t at = 0;
  std::size_t type = 0;
};

class TzifZone final : public TimeZone {
 public:
  TzifZone(std::string name, std::vector<LocalType> types, std::vector<Transition> transitions,
           std::optional<PosixTz> rule)
      : name_(std::move(name)),
        types_(std::move(types)),
        transitions_(std::move(transitions)),
        rule_(std::move(rule)) {}

  std::string_view name() const override { return name_; }

  Offset At(std::int64_t unix_seconds) const override {
    const auto after = std::upper_bound(
        transitions_.begin(), transitions_.end(), unix_seconds,
        [](std::int64_t t, const Transition& transition) { return t < transition.at; });
    if (after == transitions_.end() && rule_) {
      const PosixTz::Offset offset = rule_->At(unix_seconds);
      return {offset.seconds_east, offset.daylight, offset.abbreviation};
    }
    // The first type holds before the first transition.
    const LocalType& type = types_[after == transitions_.begin() ? 0 : std::prev(after)->type];
    return {type.seconds_east, type.daylight, type.abbreviation};
  }

 private:
  std::string name_;
  std::vector<LocalType> types_;  // Never empty.
  std::vector<Transition> transitions_;
  std::optional<PosixTz> rule_;
};

// Reads big-endian numbers; reading beyond the end gives zeros and sets failed().
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::string_view Bytes(std::size_t n) {
    if (n > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const std::string_view bytes = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return bytes;
  }
  std::int64_t Signed(std::size_t width) {
    std::uint64_t value = 0;
    const std::string_view bytes = Bytes(width);
    for (const char c : bytes) value = (value << 8) | static_cast<unsigned char>(c);
    return width == 4 ? static_cast<std::int32_t>(static_cast<std::uint32_t>(value))
                      : static_cast<std::int64_t>(value);
  }
  std::size_t Count() { return static_cast<std::uint32_t>(Signed(4)); }
  std::size_t Byte() {
    const std::string_view byte = Bytes(1);
    return byte.empty() ? 0 : static_cast<unsigned char>(byte.front());
  }
  bool failed() const { return failed_; }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

struct Header {
  char version = 0;
  std::size_t utc_flags = 0, standard_flags = 0, leaps = 0, transitions = 0, types = 0, chars = 0;

  std::size_t BodySize(std::size_t time_width) const {
    return transitions * (time_width + 1) + types * 6 + chars + leaps * (time_width + 4) +
           standard_flags + utc_flags;
  }
};

std::optional<Header> ReadHeader(Reader* reader) {
  if (reader->Bytes(4) != "TZif") return std::nullopt;
  Header header;
  header.version = static_cast<char>(reader->Byte());
  reader->Bytes(15);
  header.utc_flags = reader->Count();
  header.standard_flags = reader->Count();
  header.leaps = reader->Count();
  header.transitions = reader->Count();
  header.types = reader->Count();
  header.chars = reader->Count();
  // Bounds what a damaged file can make us allocate.
  constexpr std::size_t kMost = 1 << 20;
  if (reader->failed() || header.transitions > kMost || header.types > 256 || header.types == 0 ||
      header.chars > kMost) {
    return std::nullopt;
  }
  return header;
}

struct Body {
  std::vector<LocalType> types;
  std::vector<Transition> transitions;
};

std::optional<Body> ReadBody(const Header& header, std::size_t time_width, Reader* reader) {
  Body body;
  body.transitions.resize(header.transitions);
  for (Transition& transition : body.transitions) transition.at = reader->Signed(time_width);
  for (Transition& transition : body.transitions) {
    transition.type = reader->Byte();
    if (transition.type >= header.types) return std::nullopt;
  }
  std::vector<std::size_t> name_starts;
  for (std::size_t i = 0; i < header.types; ++i) {
    LocalType type;
    type.seconds_east = static_cast<int>(reader->Signed(4));
    type.daylight = reader->Byte() != 0;
    name_starts.push_back(reader->Byte());
    body.types.push_back(std::move(type));
  }
  const std::string_view names = reader->Bytes(header.chars);
  for (std::size_t i = 0; i < header.types; ++i) {
    if (name_starts[i] >= names.size()) return std::nullopt;
    const std::string_view name = names.substr(name_starts[i]);
    body.types[i].abbreviation = name.substr(0, name.find('\0'));
  }
  reader->Bytes(header.leaps * (time_width + 4) + header.standard_flags + header.utc_flags);
  if (reader->failed()) return std::nullopt;
  return body;
}

std::optional<std::string> ReadFile(const std::string& path) {
  // A folder of the database would open, and throw when it is read.
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (in.bad() || bytes.empty()) return std::nullopt;
  return bytes;
}

std::optional<std::string> ReadZoneFile(std::string_view name);

// As Go has it: the variable TZ has a file or a name, and is the machine's zone if it is not set.
std::optional<std::string> ReadLocalZone() {
  const char* const variable = std::getenv("TZ");
  if (variable == nullptr) return ReadFile("/etc/localtime");
  std::string_view name = variable;
  if (name.starts_with(':')) name.remove_prefix(1);
  if (name.empty() || name == "Local") return std::nullopt;
  return name.starts_with('/') ? ReadFile(std::string(name)) : ReadZoneFile(name);
}

std::optional<std::string> ReadZoneFile(std::string_view name) {
  if (name == "Local") return ReadLocalZone();
  for (const char* folder :
       {"/usr/share/zoneinfo/", "/usr/share/lib/zoneinfo/", "/etc/zoneinfo/"}) {
    if (std::optional<std::string> bytes = ReadFile(folder + std::string(name))) return bytes;
  }
  return std::nullopt;
}

// Absolute, or with a `..` or a backslash: the name would leave the database's folder.
bool LeavesFolder(std::string_view name) {
  return name.front() == '/' || name.find("..") != std::string_view::npos ||
         name.find('\\') != std::string_view::npos || name.find('\0') != std::string_view::npos;
}

class ZoneCache {
 public:
  const TimeZone* Find(std::string_view name) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto it = zones_.find(name);
    return it == zones_.end() ? nullptr : it->second.get();
  }
  const TimeZone* Keep(std::unique_ptr<const TimeZone> zone) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::string name(zone->name());
    return zones_.try_emplace(std::move(name), std::move(zone)).first->second.get();
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<const TimeZone>, std::less<>> zones_;
};

ZoneCache& Cache() {
  static ZoneCache* const cache = new ZoneCache;  // Never destroyed: zones outlive every user.
  return *cache;
}

}  // namespace

Result<const TimeZone*> TimeZone::Find(std::string_view name) {
  static const UtcZone* const utc = new UtcZone;
  if (name.empty() || name == "UTC") return utc;
  if (LeavesFolder(name)) return Fail("time: invalid location name");
  if (const TimeZone* known = Cache().Find(name)) return known;
  const std::optional<std::string> bytes = ReadZoneFile(name);
  if (!bytes) {
    if (name == "Local") return utc;
    return Fail("unknown time zone " + std::string(name));
  }
  Result<std::unique_ptr<const TimeZone>> zone = Parse(std::string(name), *bytes);
  if (!zone) return Fail("unknown time zone " + std::string(name));
  return Cache().Keep(*std::move(zone));
}

Result<std::unique_ptr<const TimeZone>> TimeZone::Parse(std::string name, std::string_view tzif) {
  Reader reader(tzif);
  std::size_t time_width = 4;
  std::optional<Header> header = ReadHeader(&reader);
  if (header && header->version >= '2') {
    // The first block repeats the second with 32-bit times, for programs older than 2005.
    reader.Bytes(header->BodySize(time_width));
    time_width = 8;
    header = ReadHeader(&reader);
  }
  std::optional<Body> body;
  if (header) body = ReadBody(*header, time_width, &reader);
  if (!body) return Fail("malformed time zone data for " + name);
  std::optional<PosixTz> rule;
  std::string_view footer = reader.rest();
  if (time_width == 8 && footer.size() > 2 && footer.front() == '\n') {
    footer.remove_prefix(1);
    if (Result<PosixTz> parsed = PosixTz::Parse(footer.substr(0, footer.find('\n')))) {
      rule = *std::move(parsed);
    }
  }
  return std::make_unique<const TzifZone>(std::move(name), std::move(body->types),
                                          std::move(body->transitions), std::move(rule));
}

std::int64_t TimeZone::ToUnix(std::int64_t local_seconds) const {
  // Transitions are far more than two days apart, so that the offsets a day before and after are
  // the only two that can hold.
  constexpr std::int64_t kDay = 24 * 60 * 60;
  const int before = At(local_seconds - kDay).seconds_east;
  const int after = At(local_seconds + kDay).seconds_east;
  const std::int64_t earlier = local_seconds - before;
  if (before == after || At(earlier).seconds_east == before) return earlier;
  const std::int64_t later = local_seconds - after;
  return At(later).seconds_east == after ? later : earlier;
}

}  // namespace tocsin
