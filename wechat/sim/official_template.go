package sim

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const maxTemplates = 25

// libraryTemplate is an entry of the public template library that api_add_template chooses from.
type libraryTemplate struct {
	title    string
	keywords []line // Label: keyword, Value: type and number
}

// library is a small part of WeChat's, enough for a shop; an account may also be created with templates of its own.
var library = map[string]libraryTemplate{
	"43216": {"订单支付成功通知", []line{{Label: "订单编号", Value: "character_string2"}, {Label: "商品名称", Value: "thing4"}, {Label: "支付金额", Value: "amount5"}, {Label: "支付时间", Value: "time7"}}},
	"42984": {"订单发货通知", []line{{Label: "订单编号", Value: "character_string2"}, {Label: "商品名称", Value: "thing4"}, {Label: "快递公司", Value: "thing13"}, {Label: "快递单号", Value: "character_string14"}, {Label: "发货时间", Value: "time12"}}},
	"44024": {"订单签收通知", []line{{Label: "订单编号", Value: "character_string1"}, {Label: "商品名称", Value: "thing2"}, {Label: "签收时间", Value: "time3"}}},
	"46622": {"退款成功通知", []line{{Label: "订单编号", Value: "character_string1"}, {Label: "退款金额", Value: "amount2"}, {Label: "退款时间", Value: "time3"}, {Label: "退款原因", Value: "thing4"}}},
	"48058": {"售后进度通知", []line{{Label: "订单编号", Value: "character_string1"}, {Label: "售后状态", Value: "phrase2"}, {Label: "更新时间", Value: "time3"}, {Label: "说明", Value: "thing4"}}},
	"43213": {"订单待付款提醒", []line{{Label: "订单编号", Value: "character_string1"}, {Label: "商品名称", Value: "thing2"}, {Label: "待付金额", Value: "amount3"}, {Label: "截止时间", Value: "time4"}}},
}

// valueLimits are characters by key type (A6).
var valueLimits = map[string]int{"thing": 20, "number": 32, "letter": 32, "symbol": 5, "character_string": 32, "amount": 14, "phone_number": 17, "car_number": 8, "name": 10, "phrase": 5}

var typedKey = regexp.MustCompile(`^([a-z_]+?)_?\d+$`)

func (s *Server) templateSend(c *call) {
	var in struct {
		ToUser     string `json:"touser"`
		TemplateID string `json:"template_id"`
		URL        string `json:"url"`
		Client     string `json:"client_msg_id"`
		Data       map[string]struct {
			Value string `json:"value"`
			Color string `json:"color"`
		} `json:"data"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	f := c.fanOf(in.ToUser)
	if f == nil {
		s.mu.Unlock()
		return
	}
	i := slices.IndexFunc(c.app.Templates, func(t Template) bool { return t.ID == in.TemplateID })
	switch {
	case i < 0:
		s.mu.Unlock()
		c.fail(40037, "invalid template_id")
		return
	case !f.Subscribed:
		s.mu.Unlock()
		c.fail(43004, "require subscribe")
		return
	}
	t := c.app.Templates[i]
	body := content{Type: "template", Title: t.Title, URL: in.URL}
	for _, p := range placeholders(t.Content) {
		value, given := in.Data[p.Value]
		if why := checkValue(p.Value, value.Value, given); why != "" {
			s.mu.Unlock()
			c.fail(47003, "argument invalid! data."+p.Value+".value "+why)
			return
		}
		switch p.Value {
		case "first":
			body.First = value.Value
		case "remark":
			body.Remark = value.Value
		default:
			body.Lines = append(body.Lines, line{Label: p.Label, Value: value.Value, Color: value.Color})
		}
	}
	id := s.next()*1_000_000_007%1_000_000_000_000 + 3_000_000_000_000_000_000
	s.fromAccount(c.app, f.Person, body)
	app, fields := c.app, []xmlField{{"MsgID", itoa(id)}, {"Status", "success"}}
	push := s.event(app, f, "TEMPLATESENDJOBFINISH", fields...)
	s.mu.Unlock()
	s.background(func() { s.push(push) })
	c.ok(struct {
		apiError
		MsgID int64 `json:"msgid"`
	}{apiOK, id})
}

// checkValue holds a value to the limit of its key's type; old free-form keys (first, keyword1, remark) have none.
func checkValue(key, value string, given bool) string {
	m := typedKey.FindStringSubmatch(key)
	if m == nil {
		return ""
	}
	limit, typed := valueLimits[m[1]]
	switch {
	case !typed:
		return ""
	case !given || value == "":
		return "is empty"
	case utf8.RuneCountInString(value) > limit:
		return "is too long"
	case m[1] == "number" && strings.Trim(value, "0123456789.-") != "":
		return "is not a number"
	}
	return ""
}

func (s *Server) templateList(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]map[string]string, 0, len(c.app.Templates))
	for _, t := range c.app.Templates {
		list = append(list, map[string]string{"template_id": t.ID, "title": t.Title, "primary_industry": "消费品", "deputy_industry": "消费品", "content": t.Content, "example": ""})
	}
	c.ok(map[string]any{"template_list": list})
}

func (s *Server) templateAdd(c *call) {
	var in struct {
		Short    string   `json:"template_id_short"`
		Keywords []string `json:"keyword_name_list"`
	}
	if !c.json(&in) {
		return
	}
	entry, ok := library[in.Short]
	if !ok {
		c.fail(40036, "invalid template_id size")
		c.refused("template %q is not in the pocket library; create the account with templates of your own", in.Short)
		return
	}
	rows := make([]string, 0, len(entry.keywords))
	for _, k := range entry.keywords {
		if len(in.Keywords) == 0 || slices.Contains(in.Keywords, k.Label) {
			rows = append(rows, k.Label+"：{{"+k.Value+".DATA}}")
		}
	}
	if len(rows) == 0 || len(in.Keywords) > len(rows) {
		c.fail(40035, "invalid parameter")
		c.refused("keyword_name_list names a keyword that template %s does not have", in.Short)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(c.app.Templates) >= maxTemplates {
		c.fail(45026, "template num exceeds limit")
		return
	}
	t := Template{ID: s.pick(43, letters+"-_"), Title: entry.title, Content: strings.Join(rows, "\n")}
	c.app.Templates = append(slices.Clone(c.app.Templates), t)
	s.touch("account", c.app.AppID)
	c.ok(struct {
		apiError
		ID string `json:"template_id"`
	}{apiOK, t.ID})
}

func (s *Server) templateDelete(c *call) {
	var in struct {
		ID string `json:"template_id"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(c.app.Templates), func(t Template) bool { return t.ID == in.ID })
	if len(left) == len(c.app.Templates) {
		c.fail(40037, "invalid template_id")
		return
	}
	c.app.Templates = left
	s.touch("account", c.app.AppID)
	c.ok(apiOK)
}

func (s *Server) templateIndustry(c *call) {
	industry := map[string]string{"first_class": "消费品", "second_class": "消费品"}
	c.ok(map[string]any{"primary_industry": industry, "secondary_industry": industry})
}

func (s *Server) templateSetIndustry(c *call) {
	c.fail(48004, "api forbidden")
	c.refused("the industry of an account is fixed in the pocket WeChat")
}
