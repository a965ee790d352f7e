package edge

import (
	"fmt"
	"testing"

	"github.com/danielgtaylor/huma/v2/validation"
)

// The words follow the library's own constants, so that an update that changes
// them is noticed here.
func TestWhatIsWrongIsSaidInChinese(t *testing.T) {
	for msg, want := range map[string]string{
		validation.MsgUnexpectedProperty:                                "没有这个字段",
		validation.MsgExpectedString:                                    "须为文字",
		validation.MsgExpectedInteger:                                   "须为整数",
		fmt.Sprintf(validation.MsgExpectedMaxLength, 60):                "最多 60 个字符",
		fmt.Sprintf(validation.MsgExpectedMinimumNumber, 1):             "不能小于 1",
		fmt.Sprintf(validation.MsgExpectedRequiredProperty, "lines"):    "缺少字段 lines",
		fmt.Sprintf(validation.MsgExpectedOneOf, "open, closed"):        `须为以下之一："open, closed"`,
		fmt.Sprintf(validation.MsgExpectedMaxItems, 100):                "最多 100 项",
		fmt.Sprintf(validation.MsgExpectedMatchPattern, "^[0-9]{1,3}$"): "格式不对，须符合 ^[0-9]{1,3}$",
		"something the library will say one day":                        "something the library will say one day",
	} {
		if got := inWords(false, msg); got != want {
			t.Errorf("%q → %q, want %q", msg, got, want)
		}
		if got := inWords(true, msg); got != msg {
			t.Errorf("English changed: %q", got)
		}
	}
}
