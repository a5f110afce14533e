#include "control/time_text.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"

namespace berth::control {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  // Exactly `digits` digits.
  std::optional<int> number(std::size_t digits) {
    if (text_.size() < digits) return std::nullopt;
    int value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + digits, value);
    if (error != std::errc{} || end != text_.data() + digits || value < 0) return std::nullopt;
    text_.remove_prefix(digits);
    return value;
  }
  bool take(char wanted) {
    if (!text_.starts_with(wanted)) return false;
    text_.remove_prefix(1);
    return true;
  }
  // The digits of a fraction as microseconds; more than six are cut.
  std::optional<int> fraction() {
    std::size_t digits = 0;
    int micros = 0;
    for (; !text_.empty() && is_digit(text_[0]); text_.remove_prefix(1), ++digits) {
      if (digits < 6) micros = micros * 10 + (text_[0] - '0');
    }
    if (digits == 0 || digits > 9) return std::nullopt;
    for (; digits < 6; ++digits) micros *= 10;
    return micros;
  }
  bool at_end() const { return text_.empty(); }

 private:
  std::string_view text_;
};

// "", "Z", "+01:00": minutes east of UTC.
std::optional<int> read_offset(Reader& reader) {
  if (reader.at_end() || reader.take('Z') || reader.take('z')) return 0;
  const bool west = reader.take('-');
  if (!west && !reader.take('+')) return std::nullopt;
  const auto hours = reader.number(2);
  if (!hours || !reader.take(':')) return std::nullopt;
  const auto minutes = reader.number(2);
  if (!minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  const int east = *hours * 60 + *minutes;
  return west ? -east : east;
}

}  // namespace

std::optional<TimePoint> parse_time(std::string_view text) {
  using namespace std::chrono;
  Reader reader(text);
  std::optional<int> year, month, day, hour, minute, second;
  if (!(year = reader.number(4)) || !reader.take('-') || !(month = reader.number(2)) ||
      !reader.take('-') || !(day = reader.number(2)) || !(reader.take('T') || reader.take('t')) ||
      !(hour = reader.number(2)) || !reader.take(':') || !(minute = reader.number(2)) ||
      !reader.take(':') || !(second = reader.number(2))) {
    return std::nullopt;
  }
  const year_month_day date{std::chrono::year(*year), std::chrono::month(unsigned(*month)),
                            std::chrono::day(unsigned(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  int micros = 0;
  if (reader.take('.')) {
    const auto fraction = reader.fraction();
    if (!fraction) return std::nullopt;
    micros = *fraction;
  }
  const auto offset = read_offset(reader);
  if (!offset || !reader.at_end()) return std::nullopt;
  return TimePoint(sys_days(date)) + hours(*hour) + minutes(*minute - *offset) + seconds(*second) +
         microseconds(micros);
}

}  // namespace berth::control
