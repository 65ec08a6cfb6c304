#include "chat/template/strftime.h"

#include <algorithm>
#include <array>

namespace etllm::chat::jinja {
namespace {

constexpr std::array<std::string_view, 7> kDays = {
    "Sunday",   "Monday", "Tuesday", "Wednesday",
    "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

template <std::size_t count>
std::string_view name_at(const std::array<std::string_view, count>& names,
                         int index) {
  return names[static_cast<std::size_t>(
      std::clamp(index, 0, static_cast<int>(count) - 1))];
}

// `flag` is 0, or '-' for a number without padding.
std::string number(int value, std::size_t width, char flag, char fill = '0') {
  std::string digits = std::to_string(value);
  if (flag != '-' && digits.size() < width) {
    digits.insert(0, width - digits.size(), fill);
  }
  return digits;
}

int hour_of_twelve(const std::tm& time) {
  const int hour = time.tm_hour % 12;
  return hour == 0 ? 12 : hour;
}

// What a conversion that is short for others stands for.
std::string_view expansion(char conversion) {
  switch (conversion) {
    case 'c':
      return "%a %b %e %H:%M:%S %Y";
    case 'D':
    case 'x':
      return "%m/%d/%y";
    case 'F':
      return "%Y-%m-%d";
    case 'R':
      return "%H:%M";
    case 'r':
      return "%I:%M:%S %p";
    case 'T':
    case 'X':
      return "%H:%M:%S";
    default:
      return "";
  }
}

// Numbers of weeks, which are the same in every locale. What is unknown stays
// as it is, as in the C library of Python.
std::string convert_week(char conversion, const std::tm& time) {
  const std::array<char, 3> format = {'%', conversion, '\0'};
  if (std::string_view("GgUVW").find(conversion) == std::string_view::npos) {
    return format.data();
  }
  std::array<char, 16> text;
  return {text.data(),
          std::strftime(text.data(), text.size(), format.data(), &time)};
}

std::string convert_date(char conversion, char flag, const std::tm& time) {
  const int year = 1900 + time.tm_year;
  switch (conversion) {
    case 'a':
      return std::string(name_at(kDays, time.tm_wday).substr(0, 3));
    case 'A':
      return std::string(name_at(kDays, time.tm_wday));
    case 'b':
    case 'h':
      return std::string(name_at(kMonths, time.tm_mon).substr(0, 3));
    case 'B':
      return std::string(name_at(kMonths, time.tm_mon));
    case 'C':
      return number(year / 100, 2, flag);
    case 'd':
      return number(time.tm_mday, 2, flag);
    case 'e':
      return number(time.tm_mday, 2, flag, ' ');
    case 'j':
      return number(time.tm_yday + 1, 3, flag);
    case 'm':
      return number(time.tm_mon + 1, 2, flag);
    case 'u':
      return number(time.tm_wday == 0 ? 7 : time.tm_wday, 1, flag);
    case 'w':
      return number(time.tm_wday, 1, flag);
    case 'y':
      return number(year % 100, 2, flag);
    case 'Y':
      return number(year, 1, flag);
    default:
      return convert_week(conversion, time);
  }
}

std::string convert(char conversion, char flag, const std::tm& time) {
  switch (conversion) {
    case 'H':
      return number(time.tm_hour, 2, flag);
    case 'I':
      return number(hour_of_twelve(time), 2, flag);
    case 'k':
      return number(time.tm_hour, 2, flag, ' ');
    case 'l':
      return number(hour_of_twelve(time), 2, flag, ' ');
    case 'M':
      return number(time.tm_min, 2, flag);
    case 'n':
      return "\n";
    case 'p':
      return time.tm_hour < 12 ? "AM" : "PM";
    case 'P':
      return time.tm_hour < 12 ? "am" : "pm";
    case 'S':
      return number(time.tm_sec, 2, flag);
    case 't':
      return "\t";
    case '%':
      return "%";
    case 'z':
    case 'Z':
      // The time has no zone, as Python's `datetime.now()` has none.
      return "";
    default:
      return convert_date(conversion, flag, time);
  }
}

}  // namespace

std::string format_time(Budget& budget, std::string_view format,
                        const std::tm& time) {
  std::string text;
  budget.spend_bytes(format.size());
  for (std::size_t i = 0; i < format.size(); ++i) {
    const bool has_flag = i + 2 < format.size() && format[i + 1] == '-';
    if (format[i] != '%' || i + 1 == format.size()) {
      text += format[i];
      continue;
    }
    i += has_flag ? 2 : 1;
    const std::string_view longer = expansion(format[i]);
    text += longer.empty() ? convert(format[i], has_flag ? '-' : 0, time)
                           : format_time(budget, longer, time);
  }
  return text;
}

}  // namespace etllm::chat::jinja
