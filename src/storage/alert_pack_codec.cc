#include "storage/alert_pack_codec.h"

#include "base/hash.h"

#include <charconv>
#include <utility>

namespace tocsin::storage {
namespace {

// The first byte. An alert by itself, as rows of version 3 became packs: its number and that of the
// ends before it in decimal digits, then its members with a length before each string.
constexpr char kSingle = '0';
constexpr std::size_t kDigits = 20;
// The alerts, and the hash of all before it.
constexpr char kPack = '\1';
constexpr std::size_t kHashBytes = sizeof(std::uint64_t);

// Flags of an alert.
constexpr std::uint8_t kTimeout = 1;
constexpr std::uint8_t kSameLabelNames = 2;
constexpr std::uint8_t kSameAnnotationNames = 4;

PackedTimes TimesOf(const model::Alert& alert) {
  const auto nanos = [](Time time) -> std::int64_t { return time.time_since_epoch().count(); };
  return {nanos(alert.starts_at), nanos(alert.ends_at), nanos(alert.updated_at)};
}

Time TimeOf(std::int64_t nanos) {
  return Time(Duration(nanos));
}

// Both wrap around: times may be centuries apart.
std::int64_t Step(std::int64_t from, std::int64_t to) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(to) -
                                   static_cast<std::uint64_t>(from));
}
std::int64_t After(std::int64_t from, std::int64_t step) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(from) +
                                   static_cast<std::uint64_t>(step));
}

// 0: as in the alert before.
void PutText(std::string_view text, std::string_view last, std::string* out) {
  if (text == last) return out->push_back('\0');
  PutVarint(text.size() + 1, out);
  *out += text;
}

void ReadText(ByteReader* bytes, std::string_view* text) {
  const std::uint64_t size = bytes->Varint();
  if (size > 0) *text = bytes->Bytes(size - 1);
}

// An alert is found by those before it: a pack is read whole or not at all.
std::string_view WithoutHash(std::string_view bytes) {
  if (bytes.starts_with(kSingle)) return bytes;
  if (!bytes.starts_with(kPack) || bytes.size() <= kHashBytes) return {};
  const std::string_view pack = bytes.substr(0, bytes.size() - kHashBytes);
  const bool sound = ByteReader(bytes.substr(pack.size())).Fixed64() == XxHash64(pack);
  return sound ? pack : std::string_view();
}

std::uint64_t Digits(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

void AlertPackWriter::PutLabels(const model::LabelSet& labels, const model::LabelSet& last,
                                bool same_names) {
  if (!same_names) PutVarint(labels.size(), &out_);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const model::Label label = labels[i];
    if (!same_names) PutString(label.name, &out_);
    PutText(label.value, same_names ? last[i].value : std::string_view(), &out_);
  }
}

void AlertPackWriter::Add(router::AlertId id, std::int64_t ends_after, model::AlertPtr added,
                          std::span<const router::GroupId> groups) {
  static const model::Alert kNone;
  if (out_.empty()) out_ += kPack;
  const model::Alert& alert = *added;
  const model::Alert& last = last_ ? *last_ : kNone;
  const bool same_labels = last.labels.HasNamesOf(alert.labels);
  const bool same_annotations = last.annotations.HasNamesOf(alert.annotations);
  const auto number = static_cast<std::uint64_t>(id);
  PutSignedVarint(static_cast<std::int64_t>(number - std::exchange(last_id_, number)), &out_);
  PutVarint(static_cast<std::uint64_t>(ends_after), &out_);
  out_ += static_cast<char>((alert.timeout ? kTimeout : 0) | (same_labels ? kSameLabelNames : 0) |
                            (same_annotations ? kSameAnnotationNames : 0));
  const PackedTimes times = TimesOf(alert);
  PutSignedVarint(Step(last_times_.starts_at, times.starts_at), &out_);
  PutSignedVarint(Step(last_times_.ends_at, times.ends_at), &out_);
  PutSignedVarint(Step(last_times_.updated_at, times.updated_at), &out_);
  last_times_ = times;
  PutLabels(alert.labels, last.labels, same_labels);
  PutLabels(alert.annotations, last.annotations, same_annotations);
  PutText(alert.generator_url.view(), last.generator_url.view(), &out_);
  PutVarint(groups.size(), &out_);
  for (const router::GroupId group : groups) {
    const auto group_number = static_cast<std::uint64_t>(group);
    PutSignedVarint(
        static_cast<std::int64_t>(group_number - std::exchange(last_group_, group_number)), &out_);
  }
  last_ = std::move(added);
  ++count_;
}

std::string AlertPackWriter::Take() {
  if (!out_.empty()) PutFixed64(XxHash64(out_), &out_);
  AlertPackWriter next;
  // Most are of about the size of the one before.
  next.out_.reserve(out_.size());
  return std::exchange(*this, std::move(next)).out_;
}

AlertPackReader::AlertPackReader(std::string_view bytes) : bytes_(WithoutHash(bytes)) {
  single_ = static_cast<char>(bytes_.Byte()) == kSingle;
}

bool AlertPackReader::Next() {
  if (bytes_.broken() || bytes_.left() == 0) return false;
  if (single_) {
    ReadSingle();
  } else {
    ReadPacked();
  }
  if (entry_.labels.empty()) bytes_.Break();
  return !bytes_.broken();
}

void AlertPackReader::ReadPacked() {
  last_id_ += static_cast<std::uint64_t>(bytes_.SignedVarint());
  entry_.id = static_cast<router::AlertId>(last_id_);
  entry_.ends_after = static_cast<std::int64_t>(bytes_.Varint());
  const std::uint8_t flags = bytes_.Byte();
  entry_.timeout = (flags & kTimeout) != 0;
  PackedTimes& times = entry_.times;
  for (std::int64_t* time : {&times.starts_at, &times.ends_at, &times.updated_at}) {
    *time = After(*time, bytes_.SignedVarint());
  }
  ReadLabels(&entry_.labels, (flags & kSameLabelNames) != 0);
  ReadLabels(&entry_.annotations, (flags & kSameAnnotationNames) != 0);
  ReadText(&bytes_, &entry_.generator_url);
  entry_.groups.resize(bytes_.Count());
  for (router::GroupId& group : entry_.groups) {
    last_group_ += static_cast<std::uint64_t>(bytes_.SignedVarint());
    group = static_cast<router::GroupId>(last_group_);
  }
}

void AlertPackReader::ReadLabels(std::vector<model::Label>* labels, bool same_names) {
  if (!same_names) labels->assign(bytes_.Count(), {});
  for (model::Label& label : *labels) {
    if (!same_names) label.name = bytes_.String();
    ReadText(&bytes_, &label.value);
  }
}

void AlertPackReader::ReadSingle() {
  entry_.id = static_cast<router::AlertId>(Digits(bytes_.Bytes(kDigits)));
  entry_.ends_after = static_cast<std::int64_t>(Digits(bytes_.Bytes(kDigits)));
  entry_.timeout = (bytes_.Byte() & kTimeout) != 0;
  PackedTimes& times = entry_.times;
  for (std::int64_t* time : {&times.starts_at, &times.ends_at, &times.updated_at}) {
    *time = static_cast<std::int64_t>(bytes_.Fixed64());
  }
  for (std::vector<model::Label>* labels : {&entry_.labels, &entry_.annotations}) {
    labels->resize(bytes_.Count());
    for (model::Label& label : *labels) {
      label.name = bytes_.String();
      label.value = bytes_.String();
    }
  }
  entry_.generator_url = bytes_.String();
  entry_.groups.resize(bytes_.Count());
  for (router::GroupId& group : entry_.groups) {
    group = static_cast<router::GroupId>(bytes_.Varint());
  }
  // It is by itself.
  if (bytes_.left() > 0) bytes_.Break();
}

model::Alert AlertPackReader::Entry::ToAlert() const {
  model::Alert alert;
  alert.labels = model::LabelSet::FromUnsorted(labels);
  alert.annotations = model::LabelSet::FromUnsorted(annotations);
  alert.starts_at = TimeOf(times.starts_at);
  alert.ends_at = TimeOf(times.ends_at);
  alert.updated_at = TimeOf(times.updated_at);
  alert.timeout = timeout;
  alert.generator_url = generator_url;
  return alert;
}

}  // namespace tocsin::storage
