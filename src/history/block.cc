#include "history/block.h"

#include "base/byte_codec.h"
#include "base/hash.h"
#include "history/event_fields.h"
#include "model/alert.h"

#include <boost/sort/pdqsort/pdqsort.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <initializer_list>
#include <limits>
#include <type_traits>
#include <utility>

namespace tocsin::history {
namespace {

// 1: rules have no groups.
constexpr std::uint8_t kVersion = 2;
// In place of a time: there is none.
constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();

// A text and its hash, which is that of its key, too.
struct HashedText {
  bool operator==(const HashedText& other) const {
    return hash == other.hash && text == other.text;
  }
  std::string_view text;
  std::uint64_t hash;
};
HashedText Hashed(std::string_view text) {
  return {text, XxHash64(text)};
}
struct TextHash {
  using is_avalanching = void;  // Boost need not mix it again.
  std::size_t operator()(const HashedText& text) const { return text.hash; }
};

// Label sets by what they are, without a reference to each.
struct PointedHash {
  std::size_t operator()(const model::LabelSet* set) const { return set->Hash(); }
};
struct PointedEqual {
  bool operator()(const model::LabelSet* a, const model::LabelSet* b) const { return *a == *b; }
};

constexpr std::string_view kSeparator = "\xff";  // In no valid UTF-8.

Key MakeKey(std::initializer_list<std::string_view> parts) {
  thread_local std::string text;
  text.clear();
  for (const std::string_view part : parts) text += part;
  return static_cast<Key>(XxHash64(text));
}

// Keys of labels are made of their parts' hashes: most parts are those of many alerts.
Key MakeLabelKey(std::uint64_t of, std::uint64_t name, std::uint64_t value) {
  constexpr std::uint64_t kOddFactor = 0x9E3779B97F4A7C15ULL;
  return static_cast<Key>((((of * kOddFactor) ^ name) * kOddFactor ^ value) * kOddFactor >> 32);
}
constexpr std::uint64_t kOfAnyAlert = 1;

// A label as it was written: the numbers of its parts, and their hashes.
struct WrittenLabel {
  std::size_t name = 0, value = 0;
  std::uint64_t name_hash = 0, value_hash = 0;
  bool is_new = true;  // The alert that was written before has another one.
};

class KeyCollector {
 public:
  // So many alerts are to come, about.
  explicit KeyCollector(std::size_t alerts) { keys_.reserve(4 * alerts); }
  std::vector<Key> Take() && {
    std::vector<Key> keys(keys_.begin(), keys_.end());
    boost::sort::pdqsort(keys.begin(), keys.end());
    return keys;
  }
  // All but alerts and groups.
  void AddRest(const Event& event) {
    if (const model::IntegrationId* integration = IntegrationOf(event)) {
      keys_.insert(KeyOfReceiver(integration->receiver));
    }
    if (const auto* silence = std::get_if<SilenceChanged>(&event)) {
      keys_.insert(KeyOfSilence(silence->silence.id));
    }
    if (const auto* fails = std::get_if<RuleFails>(&event)) {
      keys_.insert(KeyOfRule(fails->rule.name));
    }
    if (const auto* works = std::get_if<RuleWorksAgain>(&event)) {
      keys_.insert(KeyOfRule(works->rule.name));
    }
    if (std::holds_alternative<RoutesInForce>(event)) keys_.insert(KeyOfRoutes());
    if (std::holds_alternative<AlertTargets>(event)) keys_.insert(KeyOfAlertTargets());
    if (std::holds_alternative<Started>(event) || std::holds_alternative<Stopped>(event) ||
        std::holds_alternative<EventsLost>(event) ||
        std::holds_alternative<EndedUnnoticed>(event)) {
      keys_.insert(KeyOfProcess());
    }
  }
  void AddGroup(const router::GroupIdentity& group) {
    keys_.insert(KeyOfGroup(group));
    for (const model::Label label : group.labels) {
      keys_.insert(KeyOfLabel(label.name, label.value));
    }
  }
  // `alertname` is its position, or beyond all labels.
  void AddAlert(std::span<const WrittenLabel> labels, std::size_t alertname) {
    static const std::uint64_t kNone = XxHash64({});
    const bool named = alertname < labels.size();
    const std::uint64_t of = named ? labels[alertname].value_hash : kNone;
    const bool is_new_name = named && labels[alertname].is_new;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const WrittenLabel& label = labels[i];
      if (label.is_new) {
        keys_.insert(MakeLabelKey(kOfAnyAlert, label.name_hash, label.value_hash));
      }
      if (i == alertname || !(label.is_new || is_new_name)) continue;
      keys_.insert(MakeLabelKey(of, label.name_hash, label.value_hash));
    }
  }

 private:
  boost::unordered_flat_set<Key> keys_;
};

// What is written once is given numbers from 1 as it comes; 0 stands before something new. What is
// written outlives the writer.
class BlockWriter {
 public:
  // So many alerts are to come, about.
  explicit BlockWriter(std::size_t alerts) : keys_(alerts) {
    texts_.reserve(2 * alerts);
    label_sets_.reserve(alerts);
  }
  void Begin(Time at, std::size_t kind) {
    out_ += static_cast<char>(kind);
    PutSignedVarint(StepTo(at), &out_);
    at_ = at;
  }
  // All of it has been described.
  void End(const Event& event) { keys_.AddRest(event); }
  std::string TakeBytes() { return std::move(out_); }
  std::vector<Key> TakeKeys() { return std::move(keys_).Take(); }
  static bool has_rule_groups() { return true; }

  template <class T>
  void Number(std::string_view, const T& number) {
    PutVarint(number, &out_);
  }
  void Flag(std::string_view, const bool& flag) { out_ += flag ? '\1' : '\0'; }
  void Span(std::string_view, const Duration& span) { PutSignedVarint(span.count(), &out_); }
  // From the event's own time, near which most are.
  void When(std::string_view, const Time& when) {
    PutSignedVarint(IsZero(when) ? kNoTime : StepTo(when), &out_);
  }
  void Value(std::string_view, const double& value) {
    PutFixed64(std::bit_cast<std::uint64_t>(value), &out_);
  }
  template <class E, std::size_t n>
  void Word(std::string_view, const E& word, const Words<n>&) {
    out_ += static_cast<char>(word);
  }
  void Text(std::string_view, const std::string& text) { Text(text); }
  void Texts(std::string_view, const std::vector<std::string>& texts) {
    PutVarint(texts.size(), &out_);
    for (const std::string& text : texts) Text(text);
  }
  void Labels(std::string_view, const model::LabelSet& labels) {
    const auto [at, is_new] = label_sets_.try_emplace(&labels, NextSet(false));
    PutVarint(is_new ? 0 : at->second.number, &out_);
    if (!is_new) return;
    PutVarint(labels.size(), &out_);
    for (const model::Label label : labels) {
      Text(label.name);
      Text(label.value);
    }
  }
  void Alert(std::string_view, const model::LabelSet& labels) {
    const auto [at, is_new] = label_sets_.try_emplace(&labels, NextSet(true));
    PutVarint(is_new ? 0 : at->second.number, &out_);
    if (is_new) {
      WriteAlert(labels);
    } else if (std::exchange(at->second.is_alert, true)) {
      return;
    } else {
      ReadAlert(labels);
    }
    keys_.AddAlert(last_labels_, last_alertname_);
  }
  void Group(std::string_view, const router::GroupIdentityPtr& group) {
    const auto [at, is_new] = group_numbers_.try_emplace(group.get(), 0);
    if (!is_new) return PutVarint(at->second, &out_);
    keys_.AddGroup(*group);
    // After a restart or a reload another object may be the same group.
    const auto [it, inserted] = groups_.try_emplace(
        group->key + '\n' + group->route_id + '\n' + group->receiver, groups_.size() + 1);
    at->second = it->second;
    PutVarint(inserted ? 0 : it->second, &out_);
    if (!inserted) return;
    // All of the key but the labels is the same for all groups of a route.
    const std::string labels = group->labels.ToString();
    const bool usual = group->key.ends_with(labels);
    Flag({}, usual);
    Text(std::string_view(group->key).substr(0, group->key.size() - (usual ? labels.size() : 0)));
    Text(group->route_id);
    Text(group->receiver);
    Labels({}, group->labels);
  }
  template <class T, class DescribeBlock>
  void Block(std::string_view, const T& block, DescribeBlock describe) {
    describe(*this, block);
  }
  template <class T, class DescribeItem>
  void List(std::string_view, const std::vector<T>& list, DescribeItem describe) {
    PutVarint(list.size(), &out_);
    for (const T& item : list) describe(*this, item);
  }

 private:
  struct WrittenSet {
    std::size_t number = 0;
    bool is_alert = false;  // Its keys are there.
  };

  WrittenSet NextSet(bool is_alert) const { return {label_sets_.size() + 1, is_alert}; }
  // Wraps around, as the reader does: what was read can be written whatever it is.
  std::int64_t StepTo(Time time) const {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(time.time_since_epoch().count()) -
                                     static_cast<std::uint64_t>(at_.time_since_epoch().count()));
  }
  // Its number from here on.
  std::size_t Text(std::string_view text) { return Text(Hashed(text)); }
  std::size_t Text(const HashedText& text) {
    const std::size_t next = texts_.size() + 1;
    const std::size_t number = texts_.try_emplace(text, next).first->second;
    PutVarint(number == next ? 0 : number, &out_);
    if (number == next) PutString(text.text, &out_);
    return number;
  }
  // Most alerts have the names of the one before them, and many of its values.
  void WriteAlert(const model::LabelSet& alert) {
    PutVarint(alert.size(), &out_);
    const bool same_names = last_alert_ != nullptr && last_alert_->HasNamesOf(alert);
    if (!same_names) TakeNames(alert);
    std::size_t i = 0;
    for (const model::Label label : alert) {
      WrittenLabel& last = last_labels_[i];
      if (same_names) {
        PutVarint(last.name, &out_);
      } else {
        last.name = Text(label.name);
      }
      last.is_new = !same_names || (*last_alert_)[i].value != label.value;
      if (last.is_new) {
        const HashedText value = Hashed(label.value);
        last.value_hash = value.hash;
        last.value = Text(value);
      } else {
        PutVarint(last.value, &out_);
      }
      ++i;
    }
    last_alert_ = &alert;
  }
  // Of one that is there already, as the labels of something else.
  void ReadAlert(const model::LabelSet& alert) {
    last_alert_ = nullptr;
    TakeNames(alert);
    for (std::size_t i = 0; i < alert.size(); ++i) {
      last_labels_[i].value_hash = XxHash64(alert[i].value);
    }
  }
  void TakeNames(const model::LabelSet& alert) {
    last_labels_.assign(alert.size(), {});
    last_alertname_ = alert.size();
    for (std::size_t i = 0; i < alert.size(); ++i) {
      last_labels_[i].name_hash = XxHash64(alert[i].name);
      if (alert[i].name == model::kAlertNameLabel) last_alertname_ = i;
    }
  }
  std::string out_{static_cast<char>(kVersion)};
  Time at_{};
  boost::unordered_flat_map<HashedText, std::size_t, TextHash> texts_;
  boost::unordered_flat_map<std::string, std::size_t> groups_;
  boost::unordered_flat_map<const router::GroupIdentity*, std::size_t> group_numbers_;
  boost::unordered_flat_map<const model::LabelSet*, WrittenSet, PointedHash, PointedEqual>
      label_sets_;
  KeyCollector keys_;
  const model::LabelSet* last_alert_ = nullptr;
  std::vector<WrittenLabel> last_labels_;  // Its labels.
  std::size_t last_alertname_ = 0;         // Among them; their number if there is none.
};

class BlockReader {
 public:
  explicit BlockReader(std::string_view bytes) : bytes_(bytes) {
    version_ = bytes_.Byte();
    if (version_ < 1 || version_ > kVersion) bytes_.Break();
  }
  bool has_rule_groups() const { return version_ > 1; }
  bool more() const { return !bytes_.broken() && bytes_.left() > 0; }
  bool finished() const { return bytes_.finished(); }

  // The kind of the next event.
  std::size_t Begin(Time* at) {
    const std::size_t kind = bytes_.Byte();
    at_ = Step(bytes_.SignedVarint());
    *at = at_;
    return kind;
  }
  void Break() { bytes_.Break(); }

  template <class T>
  void Number(std::string_view, T& number) {
    const std::uint64_t value = bytes_.Varint();
    if (value > std::numeric_limits<T>::max()) return bytes_.Break();
    number = static_cast<T>(value);
  }
  void Flag(std::string_view, bool& flag) { flag = bytes_.Byte() != 0; }
  void Span(std::string_view, Duration& span) { span = Duration(bytes_.SignedVarint()); }
  void When(std::string_view, Time& when) {
    const std::int64_t step = bytes_.SignedVarint();
    when = step == kNoTime ? kZeroTime : Step(step);
  }
  void Value(std::string_view, double& value) { value = std::bit_cast<double>(bytes_.Fixed64()); }
  template <class E, std::size_t n>
  void Word(std::string_view, E& word, const Words<n>&) {
    const std::uint8_t number = bytes_.Byte();
    if (number >= n) return bytes_.Break();
    word = static_cast<E>(number);
  }
  void Text(std::string_view, std::string& text) { text = Text(); }
  void Texts(std::string_view, std::vector<std::string>& texts) {
    texts.resize(bytes_.Count());
    for (std::string& text : texts) text = Text();
  }
  void Labels(std::string_view, model::LabelSet& labels) {
    const std::size_t known = Known(label_sets_.size());
    if (known > 0) {
      labels = label_sets_[known - 1];
      return;
    }
    std::vector<model::Label> pairs(bytes_.Count());
    for (model::Label& pair : pairs) {
      pair.name = Text();
      pair.value = Text();
    }
    labels = model::LabelSet::FromUnsorted(pairs);
    label_sets_.push_back(labels);
  }
  void Alert(std::string_view name, model::LabelSet& labels) { Labels(name, labels); }
  void Group(std::string_view, router::GroupIdentityPtr& group) {
    const std::size_t known = Known(groups_.size());
    if (known > 0) {
      group = groups_[known - 1];
      return;
    }
    auto read = std::make_shared<router::GroupIdentity>();
    bool usual = false;
    Flag({}, usual);
    read->key = Text();
    read->route_id = Text();
    read->receiver = Text();
    Labels({}, read->labels);
    if (usual) read->key += read->labels.ToString();
    group = std::move(read);
    groups_.push_back(group);
  }
  template <class T, class DescribeBlock>
  void Block(std::string_view, T& block, DescribeBlock describe) {
    describe(*this, block);
  }
  template <class T, class DescribeItem>
  void List(std::string_view, std::vector<T>& list, DescribeItem describe) {
    const std::uint64_t count = bytes_.Count();
    for (std::uint64_t i = 0; i < count && !bytes_.broken(); ++i) {
      describe(*this, list.emplace_back());
    }
  }

 private:
  // The number of a thing that was there before; 0: a new one follows, as it does in broken bytes.
  std::size_t Known(std::size_t count) {
    const std::uint64_t number = bytes_.Varint();
    if (number <= count) return number;
    bytes_.Break();
    return 0;
  }
  std::string_view Text() {
    const std::size_t known = Known(texts_.size());
    if (known > 0) return texts_[known - 1];
    const std::string_view text = bytes_.String();
    texts_.push_back(text);
    return text;
  }
  Time Step(std::int64_t step) const {
    // Without overflow, whatever the bytes say.
    const auto sum = static_cast<std::uint64_t>(at_.time_since_epoch().count()) +
                     static_cast<std::uint64_t>(step);
    return Time(Duration(static_cast<std::int64_t>(sum)));
  }

  ByteReader bytes_;
  std::uint8_t version_ = 0;
  Time at_{};
  std::vector<std::string_view> texts_;
  std::vector<model::LabelSet> label_sets_;
  std::vector<router::GroupIdentityPtr> groups_;
};

template <std::size_t... kinds>
bool ReadEvent(std::size_t kind, BlockReader* reader, Event* event, std::index_sequence<kinds...>) {
  return ((kind == kinds && (Describe(*reader, event->emplace<kinds>()), true)) || ...);
}

// Of most events it is one, of a notification as many as it tells of.
std::size_t CountAlerts(std::span<const Entry> entries) {
  std::size_t count = entries.size();
  for (const Entry& entry : entries) {
    const auto* due = std::get_if<NotificationDue>(&entry.event);
    if (due != nullptr) count += due->told.size();
  }
  return count;
}

}  // namespace

PackedBlock EncodeBlock(std::span<const Entry> entries) {
  BlockWriter writer(CountAlerts(entries));
  for (const Entry& entry : entries) {
    writer.Begin(entry.at, entry.event.index());
    std::visit([&writer](const auto& event) { Describe(writer, event); }, entry.event);
    writer.End(entry.event);
  }
  const std::vector<Key> keys = writer.TakeKeys();
  PackedBlock block{writer.TakeBytes(), {}};
  block.keys.reserve(keys.size() * sizeof(Key));
  for (const Key key : keys) PutFixed32(key, &block.keys);
  return block;
}

Result<std::vector<Entry>> DecodeBlock(std::string_view bytes, std::uint64_t first_number) {
  constexpr auto kKinds = std::make_index_sequence<std::variant_size_v<Event>>();
  BlockReader reader(bytes);
  std::vector<Entry> entries;
  while (reader.more()) {
    Entry& entry = entries.emplace_back();
    entry.number = first_number++;
    const std::size_t kind = reader.Begin(&entry.at);
    if (!ReadEvent(kind, &reader, &entry.event, kKinds)) reader.Break();
  }
  if (!reader.finished()) return Fail("malformed block");
  return entries;
}

std::vector<Key> KeysOfAlert(const model::LabelSet& labels) {
  std::vector<Key> keys;
  const std::string_view alertname = labels.Get(model::kAlertNameLabel);
  for (const model::Label label : labels) {
    keys.push_back(label.name == model::kAlertNameLabel
                       ? KeyOfLabel(label.name, label.value)
                       : KeyOfNamedLabel(alertname, label.name, label.value));
  }
  return keys;
}

Key KeyOfLabel(std::string_view name, std::string_view value) {
  return MakeLabelKey(kOfAnyAlert, XxHash64(name), XxHash64(value));
}

Key KeyOfNamedLabel(std::string_view alertname, std::string_view name, std::string_view value) {
  return MakeLabelKey(XxHash64(alertname), XxHash64(name), XxHash64(value));
}

Key KeyOfGroup(const router::GroupIdentity& group) {
  return MakeKey({"group ", group.key, kSeparator, group.receiver});
}

Key KeyOfReceiver(std::string_view receiver) {
  return MakeKey({"receiver ", receiver, kSeparator});
}

Key KeyOfSilence(std::string_view id) {
  return MakeKey({"silence ", id, kSeparator});
}

Key KeyOfRule(std::string_view name) {
  return MakeKey({"rule ", name, kSeparator});
}

Key KeyOfRoutes() {
  return MakeKey({"routes", kSeparator});
}

Key KeyOfAlertTargets() {
  return MakeKey({"alert targets", kSeparator});
}

Key KeyOfProcess() {
  return MakeKey({"process", kSeparator});
}

bool HasKey(std::string_view encoded, Key key) {
  std::size_t low = 0;
  std::size_t high = encoded.size() / sizeof(Key);
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const Key there = ByteReader(encoded.substr(middle * sizeof(Key))).Fixed32();
    if (there == key) return true;
    if (there < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return false;
}

}  // namespace tocsin::history
