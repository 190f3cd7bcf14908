-- Row level security: enabled, forced, on partitions of their own; policies of each command and sort.
ALTER TABLE zoo.keeper ENABLE ROW LEVEL SECURITY;
ALTER TABLE zoo.keeper FORCE ROW LEVEL SECURITY;
CREATE POLICY "all may" ON zoo.keeper USING (true);
CREATE POLICY restricted ON zoo.keeper AS RESTRICTIVE FOR UPDATE TO zoo_visitor, zoo_keeper
    USING (name <> E'\\') WITH CHECK (house > 0);
CREATE POLICY adding ON zoo.keeper FOR INSERT TO zoo_owner WITH CHECK (name IS NOT NULL);
CREATE POLICY removing ON zoo.keeper AS RESTRICTIVE FOR DELETE USING (CURRENT_USER = 'zoo_owner');
CREATE POLICY reading ON zoo.keeper FOR SELECT TO "zoo_""odd'; \! role
-- x" USING (EXISTS (SELECT FROM zoo.house WHERE head = keeper.id));
COMMENT ON POLICY "all may" ON zoo.keeper IS 'a policy';
-- Forced though not enabled; enabled without any policy; on a partitioned table; on one partition alone.
ALTER TABLE zoo.house FORCE ROW LEVEL SECURITY;
ALTER TABLE zoo.cage ENABLE ROW LEVEL SECURITY;
ALTER TABLE zoo.visit ENABLE ROW LEVEL SECURITY;
CREATE POLICY "of;the""whole" ON zoo.visit FOR SELECT USING (day < CURRENT_DATE);
ALTER TABLE zoo.visit_rest ENABLE ROW LEVEL SECURITY;
ALTER TABLE zoo.visit_rest FORCE ROW LEVEL SECURITY;
CREATE POLICY of_partition ON zoo.visit_rest AS RESTRICTIVE USING (region <> 'asia');
