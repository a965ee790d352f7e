package sim

import (
	"net/http"
	"slices"
)

const followersPerPage = 500

type externalContact struct {
	ExternalID string `json:"external_userid"`
	Name       string `json:"name"`
	Avatar     string `json:"avatar"`
	Type       int    `json:"type"`
	Gender     int    `json:"gender"`
	UnionID    string `json:"unionid,omitempty"`
}

// externalView is a customer as the company's applications see them. The caller holds mu.
func (s *Server) externalView(corp *company, c *customer) externalContact {
	return externalContact{c.ExternalID, s.world.people[c.Person].Name, "http://" + s.hostPort() + personAvatar(c.Person), 1, 0, s.unionIDOf(corp, c.Person)}
}

// followTag is a tag on a customer: type 1 is a tag of the company.
type followTag struct {
	GroupName string `json:"group_name"`
	TagName   string `json:"tag_name"`
	Type      int    `json:"type"`
	TagID     string `json:"tag_id,omitempty"`
}

// followView is what a member knows of a customer; the list call carries ids of tags, the detail call their names.
type followView struct {
	UserID      string      `json:"userid"`
	Remark      string      `json:"remark"`
	Description string      `json:"description"`
	Created     int64       `json:"createtime"`
	Tags        []followTag `json:"tags,omitempty"`
	TagIDs      []string    `json:"tag_id,omitempty"`
	RemarkCorp  string      `json:"remark_corp_name,omitempty"`
	Mobiles     []string    `json:"remark_mobiles"`
	OperUserID  string      `json:"oper_userid,omitempty"`
	AddWay      int         `json:"add_way"`
	State       string      `json:"state,omitempty"`
}

func (s *Server) followView(t *tie, detail bool) followView {
	v := followView{UserID: t.UserID, Remark: s.remarkOf(t), Description: t.Description, Created: t.Since.Unix(), RemarkCorp: t.RemarkCorp,
		Mobiles: append([]string{}, t.Mobiles...), OperUserID: t.OperUserID, AddWay: t.AddWay, State: t.State}
	for _, id := range t.Tags {
		g, tag := s.corpTag(t.CorpID, id)
		if tag == nil {
			continue
		}
		if detail {
			v.Tags = append(v.Tags, followTag{g.Name, tag.Name, 1, tag.ID})
		} else {
			v.TagIDs = append(v.TagIDs, tag.ID)
		}
	}
	return v
}

// remarkOf is the remark of a tie; without one it is the customer's name, as the clients set it.
func (s *Server) remarkOf(t *tie) string {
	if t.Remark != "" {
		return t.Remark
	}
	return s.world.people[t.Person].Name
}

func (s *Server) followUserList(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []string{}
	for _, st := range s.world.work.corpStaff[c.corp.CorpID] {
		if st.inRange() {
			list = append(list, st.UserID)
		}
	}
	c.ok(struct {
		apiError
		List []string `json:"follow_user"`
	}{apiOK, list})
}

func (s *Server) customerList(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	userID := c.r.URL.Query().Get("userid")
	if c.workerOf(userID) == nil {
		return
	}
	list := []string{}
	for _, t := range s.ties(c.corp, userID) {
		list = append(list, s.customer(t.CorpID, t.Person).ExternalID)
	}
	if len(list) == 0 {
		c.deny(84061, "not external contact", "%s has no customers", userID)
		return
	}
	c.ok(struct {
		apiError
		List []string `json:"external_userid"`
	}{apiOK, list})
}

func (s *Server) customerGet(c *call) {
	q := c.r.URL.Query()
	s.mu.Lock()
	defer s.mu.Unlock()
	if q.Get("external_userid") == "" {
		c.fail(41035, "missing external userid")
		return
	}
	known := s.external(c.corp.CorpID, q.Get("external_userid"))
	if known == nil {
		c.fail(40096, "invalid external userid")
		return
	}
	c.entry.Person = known.Person
	all := s.tiesOfCustomer(c.corp, known.Person)
	if len(all) == 0 {
		c.fail(84061, "not external contact")
		return
	}
	page, next, ok := pageOf(all, q.Get("cursor"), followersPerPage)
	if !ok {
		c.invalid("cursor is not one that was given")
		return
	}
	follow := []followView{}
	for _, t := range page {
		follow = append(follow, s.followView(t, true))
	}
	c.ok(struct {
		apiError
		Contact externalContact `json:"external_contact"`
		Follow  []followView    `json:"follow_user"`
		Next    string          `json:"next_cursor,omitempty"`
	}{apiOK, s.externalView(c.corp, known), follow, next})
}

func (s *Server) customerBatch(c *call) {
	var in struct {
		Users  []string `json:"userid_list"`
		Cursor string   `json:"cursor"`
		Limit  int      `json:"limit"`
	}
	if !c.json(&in) || !c.limitIn(&in.Limit, 50, 100) {
		return
	}
	if len(in.Users) < 1 || len(in.Users) > 100 {
		c.deny(40031, "invalid userid list", "userid_list takes 1 to 100 members")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*tie
	for _, id := range in.Users {
		if c.workerOf(id) == nil {
			return
		}
		all = append(all, s.ties(c.corp, id)...)
	}
	page, next, ok := pageOf(all, in.Cursor, in.Limit)
	if !ok {
		c.invalid("cursor is not one that was given")
		return
	}
	type row struct {
		Contact externalContact `json:"external_contact"`
		Follow  followView      `json:"follow_info"`
	}
	rows := []row{}
	for _, t := range page {
		rows = append(rows, row{s.externalView(c.corp, s.customer(t.CorpID, t.Person)), s.followView(t, false)})
	}
	c.ok(struct {
		apiError
		List []row  `json:"external_contact_list"`
		Next string `json:"next_cursor"`
		Fail struct {
			Unlicensed []string `json:"unlicensed_userid_list"`
		} `json:"fail_info"`
	}{apiError: apiOK, List: rows, Next: next})
}

func (s *Server) customerRemark(c *call) {
	var in struct {
		UserID      string   `json:"userid"`
		External    string   `json:"external_userid"`
		Remark      *string  `json:"remark"`
		Description *string  `json:"description"`
		Company     *string  `json:"remark_company"`
		Mobiles     []string `json:"remark_mobiles"`
		Picture     *string  `json:"remark_pic_mediaid"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := c.tieOf(in.UserID, in.External)
	if t == nil {
		return
	}
	changed := *t
	set(&changed.Remark, in.Remark)
	set(&changed.Description, in.Description)
	set(&changed.RemarkCorp, in.Company)
	if in.Mobiles != nil {
		changed.Mobiles = slices.DeleteFunc(in.Mobiles, func(m string) bool { return m == "" }) // [""] clears
	}
	if in.Picture != nil && *in.Picture != "" && s.workMediaOf(c.corp.CorpID, *in.Picture, "image") == nil {
		c.fail(40007, "invalid media_id")
		return
	}
	set(&changed.Picture, in.Picture)
	if tooLong(changed.Remark, 20) || tooLong(changed.Description, 150) || tooLong(changed.RemarkCorp, 20) || len(changed.Mobiles) > 5 {
		c.invalid("remark and remark_company take 20 characters, description 150, remark_mobiles 5 numbers")
		return
	}
	*t = changed
	s.touchTie(t)
	s.tell(staffKey(t.CorpID, t.UserID), "contacts", struct{}{})
	c.ok(apiOK)
}

// unionToExternal answers unionid查询external_userid.
func (s *Server) unionToExternal(c *call) {
	var in struct {
		UnionID string `json:"unionid"`
		OpenID  string `json:"openid"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.corp.Subject == "" {
		c.deny(41057, "corp has not bind wechat open platform", "the company is bound to no open-platform subject (subject)")
		return
	}
	who := ""
	if f := s.world.openids[in.OpenID]; f != nil && s.unionIDOf(c.corp, f.Person) == in.UnionID {
		who = f.Person
	}
	for _, known := range s.world.work.customers {
		if who == "" && known.CorpID == c.corp.CorpID && s.unionIDOf(c.corp, known.Person) == in.UnionID {
			who = known.Person
		}
	}
	if who == "" || len(s.tiesOfCustomer(c.corp, who)) == 0 {
		c.fail(84061, "not external contact")
		return
	}
	c.ok(struct {
		apiError
		ID string `json:"external_userid"`
	}{apiOK, s.customer(c.corp.CorpID, who).ExternalID})
}

func (s *Server) customerEndpoints() []endpoint {
	get := func(f func(*call)) func(*call) { return s.withCorp(http.MethodGet, rightContact, f) }
	post := func(f func(*call)) func(*call) { return s.withCorp(http.MethodPost, rightContact, f) }
	const at = "/cgi-bin/externalcontact/"
	return []endpoint{
		{Pattern: at + "get_follow_user_list", Title: "获取配置了客户联系功能的成员列表", Fidelity: Full, serve: get(s.followUserList)},
		{Pattern: at + "list", Title: "获取客户列表", Fidelity: Full, serve: get(s.customerList)},
		{Pattern: at + "get", Title: "获取客户详情", Fidelity: Partial, Note: "WeChat users only (type 1); no wechat_channels, no personal tags", serve: get(s.customerGet)},
		{Pattern: at + "batch/get_by_user", Title: "批量获取客户详情", Fidelity: Partial, Note: "as 获取客户详情", serve: post(s.customerBatch)},
		{Pattern: at + "remark", Title: "修改客户备注信息", Fidelity: Full, serve: post(s.customerRemark)},
		{Pattern: at + "send_welcome_msg", Title: "发送新客户欢迎语", Fidelity: Full, Note: "41096 comes by a fault of kind code", serve: post(s.sendWelcome)},
		{Pattern: at + "unionid_to_external_userid", Title: "unionid查询external_userid", Fidelity: Full, serve: post(s.unionToExternal)},
		{Pattern: at + "mark_tag", Title: "编辑客户企业标签", Fidelity: Full, serve: post(s.markTag)},
		{Pattern: at + "get_corp_tag_list", Title: "获取企业标签库", Fidelity: Full, serve: post(s.corpTagList)},
		{Pattern: at + "add_corp_tag", Title: "添加企业客户标签", Fidelity: Full, serve: post(s.addCorpTag)},
		{Pattern: at + "edit_corp_tag", Title: "编辑企业客户标签", Fidelity: Full, serve: post(s.editCorpTag)},
		{Pattern: at + "del_corp_tag", Title: "删除企业客户标签", Fidelity: Full, serve: post(s.delCorpTag)},
	}
}
